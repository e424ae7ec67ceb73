"""Common first names and surnames of today's England, for people who do not exist."""

from __future__ import annotations

from federation.records.person import Gender

WOMEN = tuple(
    """
    Olivia Amelia Isla Ava Mia Grace Freya Lily Evie Ella Sophie Emily Charlotte Chloe Jessica Lucy
    Hannah Megan Holly Laura Sarah Claire Nicola Emma Joanne Karen Susan Julie Jacqueline Deborah
    Tracey Margaret Patricia Christine Jean Mary Dorothy Joan Sheila Maureen Brenda Pamela Aisha
    Fatima Zainab Maryam Khadija Priya Anjali Meera Sunita Harpreet Gurpreet Simran Adaeze Chidinma
    Abena Akosua Folake Ngozi Amara Naledi Joanna Katarzyna Agnieszka Magdalena Ioana Elena Andreea
    Mei Xin Yuki Linh Sofia Chiara Ines Beatriz Leila Yasmin Niamh Siobhan Ffion Cerys Eilidh
    Rhiannon
    """.split()
)
MEN = tuple(
    """
    Oliver George Arthur Noah Leo Oscar Harry Archie Jack Henry Charlie Thomas Joshua William James
    Daniel Samuel Joseph Matthew Luke Adam Ryan Callum Liam Christopher Andrew Paul Mark Stephen
    David Michael Robert Richard Peter John Alan Kenneth Brian Derek Ronald Raymond Dennis Mohammed
    Yusuf Ibrahim Omar Bilal Hamza Arjun Rohan Vikram Sanjay Rajesh Harjit Gurdeep Jaspal
    Chukwuemeka Obinna Kwame Kofi Tunde Babatunde Sipho Piotr Tomasz Krzysztof Marek Andrei Mihai
    Stefan Wei Jun Hiroshi Minh Marco Luca Tiago Rui Karim Hassan Declan Cormac Rhys Dylan Hamish
    Fergus
    """.split()
)
FAMILIES = tuple(
    """
    Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans
    Walker White Roberts Green Hall Wood Jackson Clarke Khan Ahmed Ali Hussain Begum Singh Kaur Shah
    Sharma Gupta Chowdhury Rahman Miah Islam Mahmood Okafor Adeyemi Okonkwo Mensah Boateng Asante
    Osei Nwosu Balogun Eze Kowalski Nowak Wisniewska Popescu Ionescu Dumitru Chen Wong Zhang Nguyen
    Tran Tanaka Rossi Silva Santos Ferreira Costa Murphy Kelly Ryan Walsh Byrne Campbell Stewart
    Macdonald Morgan Hughes Edwards Lewis Harris Martin Cooper King Baker Turner Hill Ward Morris
    Moore Clark Lee Scott Allen Young Mitchell Phillips Carter Bailey Richardson Shaw Bennett
    Marshall Cox Ellis Chapman Webb Foster Hunt Barker Palmer Mills Holmes Knight Lloyd Butler Fox
    Grant Gibson Hart Dean Cole Atkinson Fletcher Harvey Pearson
    """.split()
)


def first_names(gender: Gender) -> tuple[str, ...]:
    """The first names to choose from."""
    return WOMEN if gender is Gender.FEMALE else MEN
