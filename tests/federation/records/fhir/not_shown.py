"""What public examples say and the record does not show, by type of resource, and why.

Data for a reviewer to challenge: each path (FHIR's own, without indices; what is below it is meant
too) is one that no item shows, and beside it stands the reason. A path that the record has come to
show is a test failure, and so is a value that is neither shown nor here.
"""

from collections.abc import Mapping

NAMED_BY_ITSELF = "what it points at is shown under its own name"
THE_PERSON = "the person, who is checked and shown once for the whole record"
OWN_ITEM = "a resource of its own, and an item of its own where a category reads it"
IN_WORDS = "shown in words"
IN_OWN_WORDS = "the source's own words are shown for it"
OTHER_CODING = "a further code of a concept that is shown by its first"
ALWAYS_SO = "says what everything of its kind says"
NOT_CLINICAL = "how systems work together, and nothing of the person's care"
SPELLING = "how a name, number or address is filed, not what it is"
UNKNOWN_WHOSE = "without a system it is no identifier"
NOT_A_FIELD = "no field of the record model"

NOT_SHOWN: Mapping[str, Mapping[str, str]] = {
    "AllergyIntolerance": {},
    "Appointment": {
        "extension(Extension-UKCore-BookingOrganization).valueReference.type": ALWAYS_SO,
        "participant.actor.display": NAMED_BY_ITSELF,
        "participant.required": NOT_CLINICAL,
        "participant.status": NOT_CLINICAL,
        "participant.type": "who attends is shown by whom the participant points at",
    },
    "CarePlan": {
        "identifier.value": UNKNOWN_WHOSE,
        "subject.display": THE_PERSON,
        "intent": "no field of the record model; whether it is in force is shown",
        "activity.detail.status": "of a step that is under way nothing is said",
        "activity.detail.doNotPerform": "said only of what is not to be done",
        "activity.detail.scheduledTiming": "what is to be done is shown, how often is not",
    },
    "Composition": {
        "section.text": "a document is shown by its metadata; its headings are named",
        "section.code": "a document is shown by its metadata; its headings are named",
    },
    "Condition": {},
    "DiagnosticReport": {
        "category": "which category it is read as follows from it",
        "basedOn.display": OWN_ITEM,
        "resultsInterpreter.display": NAMED_BY_ITSELF,
        "status": "of a report whose state is not known it is not said",
        "presentedForm.language": NOT_A_FIELD,
        "presentedForm.data": "that there is a document is shown; it is not carried along",
    },
    "DocumentReference": {
        "status": "the state of the document is shown, and that another one replaced it",
        "context.period": "the day on which what it tells of began is shown",
        "content.attachment.creation": "that day, and when it was written down, are shown",
    },
    "Encounter": {
        "class": "one of the record's own kinds, in words",
    },
    "EpisodeOfCare": {},
    "Flag": {
        "subject.display": THE_PERSON,
        "encounter.display": OWN_ITEM,
    },
    "Immunization": {
        "status": "what was not given says so, and why",
        "patient.type": ALWAYS_SO,
        "patient.identifier": THE_PERSON,
        "contained(Patient)": THE_PERSON,
        "primarySource": "a yes or no; `firstHand` has it",
        "identifier.use": SPELLING,
        "location.type": ALWAYS_SO,
        "performer.actor.type": ALWAYS_SO,
        "performer.actor.identifier": "who gave it is shown by name, where by name and ODS code",
    },
    "MedicationAdministration": {
        "dosage.site.coding": IN_OWN_WORDS,
    },
    "MedicationDispense": {
        "status": "one in progress is shown as active",
        "dosageInstruction.timing.repeat.periodUnit": IN_WORDS,
        "daysSupply": IN_WORDS,
    },
    "MedicationRequest": {
        "intent": "said only of what nobody has ordered",
        "dosageInstruction.asNeededBoolean": "a yes or no; `asNeeded` has it",
        "dosageInstruction.sequence": "doses stand in their order",
        "dosageInstruction.doseAndRate.type": "a dose that was ordered is what a request says",
        "dosageInstruction.timing.repeat.period": IN_WORDS,
        "dosageInstruction.timing.repeat.periodUnit": IN_WORDS,
        "courseOfTherapyType": "`kind` has it",
        "substitution.allowedBoolean": "said only of what is not to be replaced",
    },
    "MedicationStatement": {
        "dosage.timing.repeat.period": IN_WORDS,
        "dosage.timing.repeat.periodUnit": IN_WORDS,
    },
    "Observation": {
        "category": "which category it is read as follows from it",
        "identifier.value": UNKNOWN_WHOSE,
        "code.coding.extension(valueset-reference)": "which list a code was chosen from",
        "subject.display": THE_PERSON,
        "dataAbsentReason.coding": IN_WORDS,
    },
    "Patient": {
        "_birthDate": "the day is shown; the time of birth identifies nobody further",
        "name.use": SPELLING,
        "name.period": SPELLING,
        "name.suffix": "titles after a name are not shown",
        "telecom.value": "telephone numbers in use are shown, addresses of other kinds are not",
        "telecom.system": "said only of what is shown",
        "telecom.use": SPELLING,
        "telecom.period": "what is over is not shown",
        "telecom.extension(Extension-UKCore-OtherContactSystem)": (
            "a textphone's number says that it is one; addresses of other kinds are not shown"
        ),
        "address.use": SPELLING,
        "address.period": SPELLING,
        "address.text": "one address is shown, the current home",
        "address.extension(Extension-UKCore-AddressKey)": SPELLING,
        "contact.name.use": SPELLING,
        "contact.telecom.use": SPELLING,
        "contact.address": "where a contact lives is not shown, only how to reach them",
        "contact.gender": NOT_A_FIELD,
        "contact.extension(Extension-UKCore-CopyCorrespondenceIndicator)": NOT_A_FIELD,
        "generalPractitioner.type": ALWAYS_SO,
        "generalPractitioner.identifier.period": "the practice of now is shown",
        "managingOrganization.type": ALWAYS_SO,
        "multipleBirthInteger": NOT_A_FIELD,
        "extension(patient-birthPlace)": NOT_A_FIELD,
        "extension(Extension-UKCore-ResidentialStatus)": NOT_A_FIELD,
        "extension(Extension-UKCore-PreferredDispenserOrganization)": NOT_A_FIELD,
        "extension(Extension-UKCore-MedicalApplianceSupplier)": NOT_A_FIELD,
        "extension(Extension-PDS-RemovalFromRegistration)": NOT_A_FIELD,
        "extension(Extension-UKCore-NHSCommunication).extension(interpreterRequired)": (
            "a yes or no; `interpreterNeeded` has it"
        ),
        "extension(Extension-UKCore-DeathNotificationStatus).extension(systemEffectiveDate)": (
            "when the notice reached a system; the day of death and the status are shown"
        ),
        "extension(Extension-UKCore-ContactPreference).extension(PreferredContactTimes)": (
            "how and in what form to write or ring is shown, at what hours is not"
        ),
    },
    "Procedure": {},
    "QuestionnaireResponse": {
        "identifier.value": UNKNOWN_WHOSE,
        "questionnaire": "which form it is follows from its questions, which are shown",
        "status": "what is not yet complete says so",
        "subject.type": ALWAYS_SO,
        "author.type": ALWAYS_SO,
        "item.linkId": SPELLING,
        "item.item.linkId": SPELLING,
        "item.item.item.linkId": SPELLING,
        "item.item.item.answer.item.linkId": SPELLING,
        "item.item.item.answer.item.item.linkId": SPELLING,
        "item.item.answer.valueBoolean": "yes or no, in words",
        "item.item.item.answer.valueBoolean": "yes or no, in words",
    },
    "RelatedPerson": {
        "active": "what is not in use is no contact",
        "address": "where a contact lives is not shown, only how to reach them",
        "extension(Extension-UKCore-ContactPreference)": NOT_A_FIELD,
        "extension(Extension-UKCore-CopyCorrespondenceIndicator)": NOT_A_FIELD,
        "extension(Extension-UKCore-NHSCommunication)": NOT_A_FIELD,
        "name.suffix": "titles after a name are not shown",
        "name.use": SPELLING,
        "patient.identifier": THE_PERSON,
        "telecom.use": SPELLING,
    },
    "ServiceRequest": {
        "reasonCode.coding": OTHER_CODING,
        "supportingInfo.display": OWN_ITEM,
    },
    "Task": {
        "encounter.display": OWN_ITEM,
        "focus.display": OWN_ITEM,
        "for.display": THE_PERSON,
        "output.type.text": OWN_ITEM,
        "restriction.repetitions": NOT_CLINICAL,
    },
}
