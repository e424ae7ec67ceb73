"""Which FHIR R4 resource types no category is read from, and why.

Types that categories are read from stand with their readers (`readers.py`), and so do those
that readers follow references to. Every other type of R4 has its reason here, so that nothing that
a source holds is left out without somebody having said so.
"""

from __future__ import annotations

from collections.abc import Mapping

_DEFINES = "defines systems or documents, and says nothing of a person"
_CARRIES = "carries or reports an exchange between systems"
_DIARY = "free time in a diary, and nobody's appointment"
_BILLS = "billing and insurance"
_RESEARCH = "research, which the record does not serve"
_PRODUCT = "describes a product, and no person's use of it"
_SUPPLY = "stock, supply and devices, which no category holds"
_GROUPS = "groups requests, each of which is a resource of its own"
_FORECAST = "an assessment or forecast by a system, which no category holds"
_NOT_YET = "clinical content that no category holds yet"
_WRITES = "a message to somebody, and no statement of the record"
_LOGS = "a log of who did what with data, which its keeper answers for"
_KEPT_BY = "links or checks entries of a directory"

UNREAD_TYPES: Mapping[str, str] = {
    "Account": _BILLS,
    "ActivityDefinition": _DEFINES,
    "AdverseEvent": _NOT_YET,
    "AppointmentResponse": _WRITES,
    "AuditEvent": _LOGS,
    "Basic": _NOT_YET,
    "Binary": _CARRIES,
    "BiologicallyDerivedProduct": _PRODUCT,
    "BodyStructure": _NOT_YET,
    "CapabilityStatement": _DEFINES,
    "CatalogEntry": _PRODUCT,
    "ChargeItem": _BILLS,
    "ChargeItemDefinition": _BILLS,
    "Claim": _BILLS,
    "ClaimResponse": _BILLS,
    "ClinicalImpression": _NOT_YET,
    "CodeSystem": _DEFINES,
    "Communication": _WRITES,
    "CommunicationRequest": _WRITES,
    "CompartmentDefinition": _DEFINES,
    "ConceptMap": _DEFINES,
    "Contract": _BILLS,
    "Coverage": _BILLS,
    "CoverageEligibilityRequest": _BILLS,
    "CoverageEligibilityResponse": _BILLS,
    "DetectedIssue": _FORECAST,
    "DeviceDefinition": _PRODUCT,
    "DeviceMetric": _SUPPLY,
    "DeviceRequest": _SUPPLY,
    "DeviceUseStatement": _NOT_YET,
    "DocumentManifest": _NOT_YET,
    "EffectEvidenceSynthesis": _RESEARCH,
    "Endpoint": _DEFINES,
    "EnrollmentRequest": _BILLS,
    "EnrollmentResponse": _BILLS,
    "EventDefinition": _DEFINES,
    "Evidence": _RESEARCH,
    "EvidenceVariable": _RESEARCH,
    "ExampleScenario": _DEFINES,
    "ExplanationOfBenefit": _BILLS,
    "FamilyMemberHistory": _NOT_YET,
    "GraphDefinition": _DEFINES,
    "Group": _KEPT_BY,
    "GuidanceResponse": _FORECAST,
    "ImmunizationEvaluation": _FORECAST,
    "ImmunizationRecommendation": _FORECAST,
    "ImplementationGuide": _DEFINES,
    "InsurancePlan": _BILLS,
    "Invoice": _BILLS,
    "Library": _DEFINES,
    "Linkage": _KEPT_BY,
    "Measure": _DEFINES,
    "MeasureReport": _RESEARCH,
    "MedicationKnowledge": _PRODUCT,
    "MedicinalProduct": _PRODUCT,
    "MedicinalProductAuthorization": _PRODUCT,
    "MedicinalProductContraindication": _PRODUCT,
    "MedicinalProductIndication": _PRODUCT,
    "MedicinalProductIngredient": _PRODUCT,
    "MedicinalProductInteraction": _PRODUCT,
    "MedicinalProductManufactured": _PRODUCT,
    "MedicinalProductPackaged": _PRODUCT,
    "MedicinalProductPharmaceutical": _PRODUCT,
    "MedicinalProductUndesirableEffect": _PRODUCT,
    "MessageDefinition": _DEFINES,
    "MessageHeader": _CARRIES,
    "MolecularSequence": _NOT_YET,
    "NamingSystem": _DEFINES,
    "NutritionOrder": _NOT_YET,
    "ObservationDefinition": _DEFINES,
    "OperationDefinition": _DEFINES,
    "OperationOutcome": _CARRIES,
    "OrganizationAffiliation": _KEPT_BY,
    "Parameters": _CARRIES,
    "PaymentNotice": _BILLS,
    "PaymentReconciliation": _BILLS,
    "Person": _KEPT_BY,
    "PlanDefinition": _DEFINES,
    "Provenance": _LOGS,
    "Questionnaire": _DEFINES,
    "RequestGroup": _GROUPS,
    "ResearchDefinition": _RESEARCH,
    "ResearchElementDefinition": _RESEARCH,
    "ResearchStudy": _RESEARCH,
    "ResearchSubject": _RESEARCH,
    "RiskAssessment": _FORECAST,
    "RiskEvidenceSynthesis": _RESEARCH,
    "Schedule": _DIARY,
    "SearchParameter": _DEFINES,
    "Slot": _DIARY,
    "SpecimenDefinition": _DEFINES,
    "StructureDefinition": _DEFINES,
    "StructureMap": _DEFINES,
    "Subscription": _CARRIES,
    "Substance": _PRODUCT,
    "SubstanceNucleicAcid": _PRODUCT,
    "SubstancePolymer": _PRODUCT,
    "SubstanceProtein": _PRODUCT,
    "SubstanceReferenceInformation": _PRODUCT,
    "SubstanceSourceMaterial": _PRODUCT,
    "SubstanceSpecification": _PRODUCT,
    "SupplyDelivery": _SUPPLY,
    "SupplyRequest": _SUPPLY,
    "TerminologyCapabilities": _DEFINES,
    "TestReport": _CARRIES,
    "TestScript": _DEFINES,
    "ValueSet": _DEFINES,
    "VerificationResult": _KEPT_BY,
    "VisionPrescription": _NOT_YET,
}
"""A type without a reader, and why it is none of the record's."""
