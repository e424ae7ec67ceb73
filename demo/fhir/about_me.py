"""What matters to a person, as a QuestionnaireResponse of one question each."""

from __future__ import annotations

from demo.fhir.elements import Resource, author_role, contained_author, patient, shared, trimmed
from demo.store import StoredPart
from federation.records.about_me import AboutMe

_DISPLAY_URL = "http://hl7.org/fhir/StructureDefinition/display"


def about_me(part: StoredPart, key: str) -> list[Resource]:
    """Everything that somebody wants known."""
    return [_response(item, key) for item in part.items if isinstance(item, AboutMe)]


def _response(item: AboutMe, key: str) -> Resource:
    written = shared("QuestionnaireResponse", item, author_role(item))
    # R4 allows one identifier, outside a list.
    identifiers = written.pop("identifier", ())
    return {
        **written,
        **trimmed(
            identifier=next(iter(identifiers), None),
            questionnaire="https://demo.watling.example/Questionnaire/about-me",
            _questionnaire={"extension": [{"url": _DISPLAY_URL, "valueString": "About me"}]},
            status="completed",
            subject=patient(key),
            authored=item.recorded_at,
            author=contained_author(item),
            item=[{"linkId": "1", "text": item.heading, "answer": [{"valueString": item.text}]}],
        ),
    }
