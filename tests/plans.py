"""A whole plan for tests: invented, for Tanzania and Swahili, with every part valid.

It is the campaign of the solution notebooks. Numbers that a table knows are read from the table.
"""

from __future__ import annotations

from organizer_lab import data
from organizer_lab.plan import (
    ActionCard,
    BudgetAndMetrics,
    BudgetLine,
    CampaignModel,
    EvaluationPlan,
    EventPlan,
    Evidence,
    FollowUp,
    Funnel,
    GapNumber,
    GapRow,
    GapStatement,
    IdeaMatrix,
    LeftOut,
    Message,
    Persona,
    PersonaAndFunnel,
    Place,
    Plan,
    Registration,
    Risk,
    Role,
    Target,
    Task,
    TopicCard,
    Worklist,
    WorklistPage,
    rows,
)

PAGES = {
    "Climate crisis": "Mgogoro wa tabianchi",
    "Deforestation and climate change": "Ukataji wa misitu na mabadiliko ya tabianchi",
    "Climate emergency declaration": "Tangazo la dharura ya tabianchi",
    "Global surface temperature": "Halijoto ya uso wa dunia",
    "Climate change litigation": "Kesi za mabadiliko ya tabianchi",
    "Climate security": "Usalama wa tabianchi",
    "Climate change and cities": "Miji na mabadiliko ya tabianchi",
    "Dry Corridor": "Ukanda Mkavu",
    "2012 Sahel drought": "Ukame wa Saheli wa 2012",
    "Climate psychology": "Saikolojia ya tabianchi",
    "Climate action": "Hatua za tabianchi",
    "Pan African Climate Justice Alliance": "Muungano wa Haki ya Tabianchi wa Afrika",
}


def evidence(
    table: str, column: str, where: dict, year: int, to_year: int | None = None, unit: str = ""
) -> Evidence:
    contract = data.field(table, column)
    dated = "year" in data.load(table) or "week_start" in data.load(table)
    span = {"year": year, "to_year": to_year} if dated else {}
    return Evidence(
        table=table,
        column=column,
        where=where,
        year=year,
        to_year=to_year,
        value=data.value(table, column, where=where, **span),
        unit=unit or contract.get("unit"),
        baseline=contract.get("baseline"),
    )


def topic_card() -> TopicCard:
    return TopicCard(
        topic="Dry Seasons in Swahili: living with less rain around Dodoma",
        place="Dodoma and Morogoro, Tanzania",
        languages=["sw"],
        evidence=[
            evidence("temperature_by_country", "temperature_anomaly_c", {"iso3": "TZA"}, 2024),
            evidence("temperature_by_country", "temperature_anomaly_c", {"iso3": "TZA"}, 2015),
        ],
        goal_for="readers",
        goal="Farmers and students around Dodoma can read in Swahili how to live with dry seasons.",
        why_now="The clubs of two universities meet again in March, before the long rains begin.",
    )


def gap_statement() -> GapStatement:
    where = {"language_code": "sw"}
    articles = data.value("wikipedia_editions", "articles", where=where)
    users = data.value("wikipedia_editions", "language_users_estimate", where=where)
    looked = {"looked_in": "Search on sw.wikipedia.org", "looked_on": "2026-11-02"}
    return GapStatement(
        gap_type="content",
        content="Pages in Swahili on how to store water and seed for a dry year.",
        language="sw",
        for_whom="Farmers and students around Dodoma",
        number=GapNumber(
            table="wikipedia_editions",
            column="articles",
            where=where,
            year=2023,
            value=articles / users * 1_000_000,
            unit="articles per million users",
            per_million_users=True,
        ),
        gap_table=[
            GapRow(subject="Storing rainwater", state="missing", **looked),
            GapRow(subject="Drought", state="short", **looked),
            GapRow(subject="Sorghum", state="one-sided", **looked),
        ],
    )


def persona_and_funnel() -> PersonaAndFunnel:
    where = {"iso3": "TZA"}
    year = data.value("country_profile", "internet_users_year", where=where)
    return PersonaAndFunnel(
        country="TZA",
        persona=Persona(
            who="Neema, 24, an agriculture student in Morogoro who records weather for a teacher",
            motive="She wants her parents to read in Swahili why the rains come later",
            skill="Writes good Swahili and knows the crops; has never made an edit",
            device="Her own Android phone; pays for data by the day",
            language="Speaks Luguru at home, writes Swahili, reads English slowly",
            time="Two hours on Saturday, and none in the weeks of the examinations",
        ),
        funnel=Funnel(
            invited=60,
            registered=30,
            registered_source="Our assumption: every second one, as in the library's courses",
            edited=18,
            edited_source="Our assumption, tested with ten students in the first week",
            stayed=1,
            stayed_source="wikipedia_editions: mean rate of editions of a comparable size",
        ),
        connectivity=evidence("country_profile", "internet_users_pct", where, int(year)),
        consequence="Most people are offline, so we meet in the library and print the steps.",
        channel="Their teacher reads it out in class and shares it in the group of the course",
        invitation="Students of agriculture: on Saturday at nine in the library, translate the "
        "beginning of one article into Swahili; your phone is enough.",
    )


def idea_matrix() -> IdeaMatrix:
    return IdeaMatrix.from_lines(
        heard_from="Students and farmers at a market in Dodoma",
        needs="""Farmers ask their children what to sow, and the children find only English pages.
Students do not know which sources about drought are good.""",
        ideas="""Translate the beginning of twelve pages about climate
Record farmers who tell of dry years
Photo walk along the dry rivers
A quiz about seeds for schools
Add sources to the page about Dodoma""",
        scores="5 4\n4 2\n2 4\n2 5\n3 4",
        first_opposite="essential",
        second_opposite="feasible",
        chosen=1,
        reason="Children can read in Swahili what their parents ask them about.",
    )


def campaign_model() -> CampaignModel:
    return CampaignModel(
        form="edit-a-thon",
        resembles="Swahili Climate Voices",
        days=14,
        organized="decentralised",
        organized_because="The clubs in Dodoma and Morogoro know which hour suits their members.",
        local_support="Each club gets the cards, the list, money for data, and a call every week.",
        experienced_editors="They check new pages every evening and answer questions.",
        evidence=evidence("wle_by_country", "uploaders", {"iso3": "TZA"}, 2021, unit="accounts"),
        action=ActionCard(
            gap="Pages in Swahili about dry seasons are missing or have no source.",
            action="Translate the introduction of one English page into Swahili and add one source",
            steps="""Open your page from the list.
Read the English introduction twice.
Write it in your own Swahili words.
Add one source with the button Cite.
Publish, with the hashtag of the campaign in the summary.""",
            taught_min=15,
            done_min=10,
            success_size=100,
            success_unit="words in Swahili with one source",
            success_kind="translation",
        ),
    )


def worklist() -> Worklist:
    pages = [
        WorklistPage(
            wiki="swwiki",
            title=swahili,
            source_title=english,
            views=data.value(
                "climate_articles_views",
                "views_2021",
                where={"language_code": "en", "title": english},
            ),
            group="newcomers" if len(english) < 20 else "experienced",
            reason="Much read in English; the students ask for it",
        )
        for english, swahili in PAGES.items()
    ]
    return Worklist(
        kind="translation list",
        language_code="sw",
        source_language="en",
        sources=["climate_articles_views, English titles", "A list of the clubs in Dodoma"],
        pages=sorted(pages, key=lambda page: -page.views),
        left_out=[
            LeftOut(title="Portal:Climate change", reason="A portal, not an article"),
            LeftOut(title="Ukpor", reason="A town, and not about climate"),
        ],
        looked_up="Search on sw.wikipedia.org for each title, on 2026-12-05",
        focus=evidence("electricity_by_country", "renewables_share_pct", {"iso3": "TZA"}, 2020),
        editors=18,
        pages_each=1,
    )


def event_plan() -> EventPlan:
    return EventPlan(
        name="Dry Seasons in Swahili",
        planned_on="2027-01-11",
        attention=evidence("climate_views_weekly", "views", {"language_code": "en"}, 2021),
        why_then="Students are back in March, and it is before the long rains and examinations.",
        registration=Registration(
            event_page="Event:Dry Seasons in Swahili",
            timezone="Africa/Dar_es_Salaam",
            start="2027-03-06 09:00",
            end="2027-03-20 16:00",
            types=["editing-event"],
            topics=["earth-and-environment", "africa"],
            wikis=["swwiki"],
            meeting="in person",
            country="TZA",
            address="Reading room of the university library, Dodoma",
            goal_metric="total_articles_created",
            goal_target=12,
        ),
        timeline=rows(
            """2027-01-18 | Agree with the libraries on rooms and partners | partner contact
2027-01-29 | Check the worklist with two experienced editors | trainer
2027-02-05 | Write the event page and open the registration | coordinator
2027-02-12 | Send the invitations to both clubs | coordinator
2027-02-20 | Train the team on the action card | trainer
2027-03-06 | First Saturday in the library | coordinator
2027-03-20 | Second Saturday in the library | coordinator
2027-03-24 | Thank everybody on their talk pages | partner contact
2027-04-20 | Compare results with targets and write the report | coordinator""",
            Task,
            "due",
            "task",
            "owner",
        ),
        roles=rows(
            """coordinator | 1 | Keeps dates, money and the event page
trainer | 2 | Teach the action and answer questions
partner contact | 1 | Speaks with libraries and clubs""",
            Role,
            "role",
            "people",
            "duty",
        ),
        messages=rows(
            """2027-02-12 | Group chat of the clubs | students of agriculture | coordinator
2027-02-19 | Village pump of Swahili Wikipedia | experienced editors | trainer
2027-03-03 | Text message with the hour and the room | registered people | partner contact""",
            Message,
            "on",
            "channel",
            "audience",
            "owner",
        ),
        risks=rows(
            """No power in the room | 3 | 3 | Paper cards and charged batteries | coordinator
Harassment on the wiki or in the room | 2 | 5 | Rules read aloud; report at once | trainer
New pages are deleted | 3 | 4 | Sources first; check every evening | trainer""",
            Risk,
            "risk",
            "likelihood",
            "effect",
            "response",
            "contact",
        ),
        friendly_space="https://meta.wikimedia.org/wiki/Grants:Friendly_Space_Policies",
        keeps_ucoc=True,
    )


def budget_and_metrics() -> BudgetAndMetrics:
    return BudgetAndMetrics(
        participants=30,
        editors=18,
        organizers=4,
        currency="TZS",
        local_per_usd=2500,
        rate_date="2027-01-11",
        rate_source="An example rate for the course, not a bank's",
        requested_usd=2000,
        grant_start="2027-02-01",
        grant_end="2027-05-31",
        report_due="2027-06-30",
        lines=rows(
            """6 | Travel & Events | Room with tables | day | 250000 | all | 1 | 2
6 | Travel & Events | Lunch and tea | day | 20000 | participants | 30 | 2
7 | Travel & Events | Bus fare | return trip | 15000 | participants | 30 | 2
6 | Services | Mobile data | data package | 10000 | participants | 30 | 2
5 | Travel & Events | Bus between the towns | return trip | 60000 | organizers | 4 | 2
2 | Equipment & Materials | Printed action cards | card | 2000 | all | 1 | 60
9 | Personnel related expenses | Allowance of the team | day | 50000 | organizers | 4 | 5
9 | Learning & Evaluation | Calls to participants | month | 100000 | all | 1 | 2
6 | In-kind services or goods | Computers of the library | day | 150000 | all | 1 | 2""",
            BudgetLine,
            "task",
            "category",
            "item",
            "unit",
            "unit_cost",
            "whom",
            "people",
            "units_each",
        ),
        reference=evidence(
            "campaign_targets",
            "achieved",
            {"report_id": "wle-tanzania-2020", "metric": "participants"},
            2020,
            unit="people",
        ),
        targets=[
            Target(
                kind=kind,
                metric=metric,
                baseline=baseline,
                target=target,
                source=source,
                method=method,
                due=due,
            )
            for kind, metric, baseline, target, source, method, due in (
                (
                    "participants",
                    "People who come on one of the two days",
                    0,
                    30,
                    "Our own funnel",
                    "List of the registration",
                    "2027-03-20",
                ),
                (
                    "editors",
                    "People with one edit or more on swwiki from 6 to 20 March 2027",
                    0,
                    18,
                    "Our own funnel",
                    "Dashboard, file of editors",
                    "2027-03-24",
                ),
                (
                    "organizers",
                    "People with a role in the team",
                    4,
                    4,
                    "The table of the team",
                    "Counted by the coordinator",
                    "2027-03-20",
                ),
                (
                    "articles created",
                    "New articles on swwiki from the worklist",
                    0,
                    12,
                    "Each title was looked up before",
                    "Event Registration, contributions",
                    "2027-04-20",
                ),
                (
                    "qualitative",
                    "What participants say about reading in Swahili",
                    "Nobody has asked them yet",
                    "Three of them tell how they used a page at home",
                    "Conversations with students",
                    "Calls by the partner contact",
                    "2027-04-20",
                ),
            )
        ],
        learning_question="Which kind of support brings students back after the second Saturday?",
    )


def evaluation_plan() -> EvaluationPlan:
    return EvaluationPlan(
        scope="Edits on swwiki by registered people, on the pages of the worklist, from 6 to 20 "
        "March 2027.",
        attribution="We count only pages of our list by people of our registration, and compare "
        "with the same weeks of the year before.",
        compare_on="2027-04-20",
        retention_on=["2027-03-28", "2027-04-20", "2027-06-18"],
        if_missed="We write down why, ask three people who stopped, and change the next edition.",
        judging="Two experienced editors read each new page: own words, a source, plain Swahili.",
        recognition="Everybody gets thanks on the talk page and a certificate of their club.",
        follow_up=rows(
            """people | 2027-04-05 | Invite all to a monthly evening in the library | trainer
content | 2027-04-12 | Mend new pages that have no source yet | trainer
people | 2027-06-18 | Look who still edits, and thank them | coordinator""",
            FollowUp,
            "subject",
            "on",
            "action",
            "owner",
        ),
        peer_week_3="I saw the person well, but asked which phone she has when it rains.",
        peer_week_9="The budget was clear; I suggested a measure that is not a number.",
    )


def complete_plan() -> Plan:
    """Every part, with nothing to mend in it or between the weeks."""
    return Plan().put(
        Place(iso3="TZA", language_code="sw"),
        topic_card(),
        gap_statement(),
        persona_and_funnel(),
        idea_matrix(),
        campaign_model(),
        worklist(),
        event_plan(),
        budget_and_metrics(),
        evaluation_plan(),
    )
