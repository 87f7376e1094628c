"""The words of the invented company: names, places, trades and line descriptions.

All are invented for this project. Streets, banks and companies are not meant to exist. Email
domains are reserved (`.example`), and phone numbers are fictional (555-01xx).
"""

from __future__ import annotations

from dataclasses import dataclass

GIVEN_NAMES = (
    "Ana", "Aoife", "Arjun", "Ayşe", "Bea", "Björn", "Carlos", "Chidi", "Chloé", "Dagmar",
    "Dinesh", "Elena", "Emeka", "Esther", "Farid", "Fiona", "Giulia", "Grace", "Hana", "Hugo",
    "Imani", "Ines", "Ivo", "Jamal", "Jana", "Jiho", "Joan", "José", "Kaito", "Kateřina",
    "Kofi", "Lars", "Leila", "Linh", "Łukasz", "Maeve", "Marisol", "Mei", "Milan", "Nadia",
    "Ngozi", "Nils", "Noor", "Olga", "Omar", "Paulo", "Priya", "Quentin", "Rafael", "Renée",
    "Rosa", "Samir", "Sean", "Siobhán", "Sofia", "Tariq", "Tomás", "Uma", "Viktor", "Wei",
    "Yara", "Yuki", "Zara", "Zoë",
)  # fmt: skip

SURNAMES = (
    "Abara", "Adeyemi", "Aguilar", "Almeida", "Bauer", "Berg", "Brandt", "Castellan", "Chen",
    "Costa", "Dubois", "Dvořák", "Eriksen", "Farouk", "Fischer", "Fonseca", "García", "Greer",
    "Haddad", "Hale", "Hansen", "Holm", "Ibarra", "Ito", "Jensen", "Kamau", "Kaur", "Keller",
    "Kim", "Kowalska", "Larkin", "Lindqvist", "Mbeki", "Mendoza", "Moreau", "Müller", "Nakamura",
    "Nguyen", "Novak", "O'Dell", "Okafor", "Oyelaran", "Park", "Pérez", "Quist", "Rahman",
    "Ramos", "Rossi", "Sato", "Schäfer", "Silva", "Singh", "Solberg", "Tanaka", "Tran", "Ueda",
    "Varga", "Weiss", "Whitlock", "Yilmaz", "Zając", "Zhang",
)  # fmt: skip

COMPANY_STEMS = (
    "Aldergrove", "Amberline", "Ashby", "Banyan", "Bluewater", "Bramble", "Brightfork",
    "Cedarholm", "Cobalt", "Copperleaf", "Corvid", "Driftwood", "Eastgate", "Elmstead",
    "Fairmile", "Fennick", "Foxglove", "Glasswing", "Granite Pass", "Greenlow", "Harbourlight",
    "Hazelbrook", "Highmeadow", "Ironbark", "Juniper", "Kestrel", "Kingsmead", "Larkspur",
    "Lodestar", "Lumen", "Maplecross", "Marlow", "Meridian", "Millrace", "Northwind", "Oakhollow",
    "Orchard", "Osprey", "Palisade", "Pebble", "Pinecrest", "Quartz", "Quillon", "Redfern",
    "Ridgeline", "Rowan", "Saltmarsh", "Sandpiper", "Silverbeck", "Stonebridge", "Summit",
    "Tamarack", "Thistle", "Tidewell", "Umber", "Valewood", "Wayfarer", "Westlock", "Willowbank",
    "Yarrow",
)  # fmt: skip

COMPANY_SUFFIXES = ("LLC", "Inc.", "Co.", "Group", "Partners", "& Sons", "Corp.", "Works")

CUSTOMER_KINDS = (
    "Clinics", "Schools", "Hotels", "Foods", "Properties", "Logistics", "Media", "Theaters",
    "Apartments", "Markets", "Laboratories", "Fitness", "Breweries", "Libraries", "Farms",
)  # fmt: skip


@dataclass(frozen=True)
class Trade:
    """A trade: its word in vendor names, its account, its line descriptions and prices."""

    name: str
    account: str
    lines: tuple[str, ...]
    low: int  # cents, of a small line
    high: int  # cents, of a large line


TRADES = (
    Trade("Electric", "Repairs and maintenance",
          ("Panel inspection", "Conduit and fittings", "Emergency call-out"), 9_500, 480_000),
    Trade("Plumbing", "Repairs and maintenance",
          ("Valve replacement", "Drain service", "Water heater"), 8_000, 350_000),
    Trade("Office Supply", "Office supplies",
          ("Copy paper, 10 reams", "Toner cartridge", "Desk chairs"), 1_250, 95_000),
    Trade("Software", "Software subscriptions",
          ("Annual subscription", "Additional seats", "Premium support"), 4_900, 1_200_000),
    Trade("Freight", "Freight and delivery",
          ("Inbound freight", "Fuel surcharge", "Pallet handling"), 6_000, 260_000),
    Trade("Catering", "Meals and entertainment",
          ("Staff lunch", "Event catering", "Coffee service"), 2_200, 140_000),
    Trade("Law", "Legal fees",
          ("Contract review", "Advice, hourly", "Filing fees"), 35_000, 1_500_000),
    Trade("Landscaping", "Grounds",
          ("Mowing", "Tree work", "Irrigation repair"), 7_500, 180_000),
    Trade("Insurance", "Insurance",
          ("General liability premium", "Vehicle policy", "Workers compensation"), 45_000, 900_000),
    Trade("Utilities", "Utilities",
          ("Electricity", "Water and sewer", "Natural gas"), 5_500, 420_000),
    Trade("Marketing", "Advertising",
          ("Campaign management", "Print run", "Photography"), 15_000, 650_000),
    Trade("Steel", "Job materials",
          ("Angle bar", "Structural plate", "Cutting and drilling"), 12_000, 2_400_000),
    Trade("Rentals", "Equipment rental",
          ("Scissor lift, weekly", "Generator hire", "Delivery and pick-up"), 9_900, 310_000),
    Trade("Telecom", "Telephone and internet",
          ("Fiber line", "Mobile plan", "Router lease"), 3_900, 88_000),
    Trade("Cleaning", "Janitorial",
          ("Nightly cleaning", "Window cleaning", "Carpet treatment"), 6_500, 120_000),
    Trade("Staffing", "Subcontractors",
          ("Temporary labor, hours", "Placement fee", "Overtime hours"), 28_000, 980_000),
)  # fmt: skip

SERVICES = (
    "Preventive maintenance visit", "HVAC filter change", "Lighting retrofit", "Site survey",
    "Boiler service", "Fire alarm test", "Project management, hours", "Roof inspection",
    "Access control installation", "Emergency repair", "Energy audit", "Paint and patch",
    "Door hardware", "Elevator service", "Backflow test", "Monthly retainer",
)  # fmt: skip

GOODS = (
    "LED panel 60 x 60", "Air filter 20 x 25", "Copper pipe 22 mm", "Door closer", "Smoke detector",
    "Thermostat", "Card reader", "Circuit breaker 16 A", "Ball valve", "Pump seal kit",
    "Paint, 5 gallons", "Safety gloves", "Fan belt", "Pressure gauge", "Exit sign",
)  # fmt: skip

STREETS = (
    "Alder Street", "Beacon Road", "Canal Way", "Depot Lane", "Foundry Street", "Garden Row",
    "Harbor Drive", "Juniper Avenue", "Lantern Court", "Market Square", "Old Mill Road",
    "Quarry Street", "Station Road", "Terrace Avenue", "Wharf Street",
)  # fmt: skip

US_PLACES = (
    ("Fresno", "CA", "93701"), ("Boise", "ID", "83702"), ("Tacoma", "WA", "98402"),
    ("Mesa", "AZ", "85201"), ("Lubbock", "TX", "79401"), ("Dayton", "OH", "45402"),
    ("Peoria", "IL", "61602"), ("Savannah", "GA", "31401"), ("Worcester", "MA", "01608"),
    ("Albany", "NY", "12207"), ("Durham", "NC", "27701"), ("Tulsa", "OK", "74103"),
)  # fmt: skip


@dataclass(frozen=True)
class Country:
    """A foreign place: its currency, units per US dollar, company names."""

    code: str
    name: str
    city: str
    zip_code: str
    region: str
    currency: str
    per_dollar: float
    stems: tuple[str, ...]


COUNTRIES = (
    Country("DE", "Germany", "Köln", "50667", "NW", "EUR", 0.92,
            ("Müller & Söhne", "Ölberg", "Grünwald", "Schäfer Rhein")),
    Country("MX", "Mexico", "Mérida", "97000", "YUC", "MXN", 18.4,
            ("Pérez Hermanos", "Señal Norte", "Cariño", "El Águila")),
    Country("JP", "Japan", "東京", "100-0001", "東京都", "JPY", 149.0,
            ("東京設備", "Kōyō", "Asahi-yama", "北斗")),
    Country("CA", "Canada", "Montréal", "H2Y 1C6", "QC", "CAD", 1.36,
            ("Étoile Bleue", "Vienne & Fils", "Érable", "Rivière Noire")),
    Country("GB", "United Kingdom", "Leeds", "LS1 4DY", "West Yorkshire", "GBP", 0.78,
            ("Dún & Harlow", "Wetherstone", "Ackroyd", "Pennine Ash")),
    Country("PL", "Poland", "Łódź", "90-001", "Łódzkie", "PLN", 3.95,
            ("Łódź Metal", "Kraków Odlew", "Zając", "Wiślana")),
    Country("SE", "Sweden", "Malmö", "211 20", "Skåne", "SEK", 10.5,
            ("Åkerman", "Malmö Papir", "Hälsinge", "Nordsjö")),
    Country("IN", "India", "Pune", "411001", "Maharashtra", "INR", 83.5,
            ("Kaveri", "Sahyādri", "Meera & Rao", "Indrāyani")),
)  # fmt: skip

BANK_NAMES = (
    "First Bank of Nowhere", "Imaginary Savings", "Sample Federal", "Placeholder Trust",
    "Fable County Bank", "Bank of Example", "Specimen Credit Union", "Nonesuch National",
)  # fmt: skip

LOCATION_KINDS = ("Yard", "Depot", "Office", "Campus", "Plant", "Annex", "Warehouse", "Tower")
DEPARTMENT_NAMES = (
    "Operations", "Field Service", "Finance", "Sales", "Estimating", "Procurement", "Fleet",
    "Safety", "Human Resources", "Information Technology", "Warehouse", "Projects",
    "Customer Care", "Legal", "Marketing", "Training",
)  # fmt: skip
CLASS_NAMES = (
    "Commercial", "Residential", "Public Sector", "Healthcare", "Education", "Retail",
    "Industrial", "Hospitality", "Non-profit", "Warranty", "Emergency", "Retrofit",
)  # fmt: skip
JOB_KINDS = (
    "Retrofit", "Renovation", "Maintenance contract", "Fit-out", "Roof replacement",
    "Lighting upgrade", "Boiler room", "Access control",
)  # fmt: skip

PURPOSES = (
    ("GDDS", "Payment for goods"),
    ("SCVE", "Payment for services"),
    ("SUPP", "Supplier payment"),
)
"""Purposes of international payments, with ISO 20022 codes. BILL's codes are [UNKNOWN]."""

CARD_PURPOSES = ("Building materials", "Professional services", "Office supplies")
"""Card funding purposes: the industry of the vendor [DOC CL:2024-08-15]; values [UNKNOWN]."""
