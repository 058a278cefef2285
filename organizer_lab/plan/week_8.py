"""Week 8 of the plan: what it costs, and how anybody will know that it worked."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, field_validator

from organizer_lab.errors import nearest
from organizer_lab.plan.part import Evidence, Part, Problem, Problems, one_of, short
from organizer_lab.plan.rows import day
from organizer_lab.words import count_words, number

# The expense categories of the budget template of the Wikimedia Foundation, in its words.
CATEGORIES = (
    "Personnel related expenses",
    "Administrative",
    "Grants and contributions",
    "Equipment & Materials",
    "Services",
    "Travel & Events",
    "Communications",
    "Learning & Evaluation",
    "In-kind services or goods",
    "Other",
)
IN_KIND = "In-kind services or goods"
Whom = Literal["participants", "organizers", "all"]
Kind = Literal[
    "participants",
    "editors",
    "organizers",
    "articles created",
    "articles improved",
    "other content",
    "qualitative",
]
PEOPLE = ("participants", "editors", "organizers")
CONTENT = ("articles created", "articles improved", "other content")
REFERENCES = ("grants", "campaign_targets", "campaign_results")

# The limits of a Rapid Fund of the Wikimedia Foundation: US dollars, and 1 to 12 months.
LEAST_USD, MOST_USD = 500, 5000
LEAST_DAYS, MOST_DAYS = 28, 366
REPORT_DAYS = 30
# Converted prices are rounded; a sum may be one dollar away from the amount that is asked for.
NEAR_USD = 1
TOO_LARGE = 1e12
# Latin, Arabic, Chinese and Japanese, Ethiopic, Greek. The Armenian sign stands inside a word.
_ASKS = re.compile(r"[?؟？፧]\W*$|(?<=[\u0370-\u03ff\u1f00-\u1fff])[;\u037e]\W*$|՞")


class BudgetLine(Part):
    """One line of the budget: so many units for each of so many people, at a price."""

    task: int | None = Field(
        None, description="The activity it pays for: the number of a task of week 7."
    )
    category: str | None = Field(
        None, description=f"One of ten categories of the Foundation: {'; '.join(CATEGORIES)}."
    )
    item: str | None = Field(None, description="What is bought or paid.")
    unit: str | None = Field(None, description="The unit, such as 'day' or 'data package'.")
    unit_cost: float | None = Field(
        None, description="Price of one unit in local currency, from zero."
    )
    whom: Whom | None = Field(
        None,
        description="For whom: 'participants', 'organizers', or 'all' if it is not for each one.",
    )
    people: int | None = Field(
        None,
        description="How many people: all participants or all organizers of the plan; 1 where it "
        "is not for each person.",
    )
    units_each: float | None = Field(
        None, description="How many units for each of them, above zero."
    )

    @field_validator("category", mode="before")
    @classmethod
    def _category(cls, word: Any) -> Any:
        return one_of(CATEGORIES, word)

    @field_validator("whom", mode="before")
    @classmethod
    def _whom(cls, word: Any) -> Any:
        return one_of(get_args(Whom), word)

    def quantity(self) -> float | None:
        """Give the number of units, or None while a part of it is not said."""
        if self.people is None or self.units_each is None:
            return None
        return self.people * self.units_each

    def total(self) -> float | None:
        """Give the total cost in local currency, or None while a part of it is not said."""
        quantity = self.quantity()
        return None if quantity is None or self.unit_cost is None else quantity * self.unit_cost

    def problems(self) -> Problems:
        """Apply the rules for one line."""
        found = Problems(self._empty("category", "item", "unit", "whom"))
        if self.category and self.category.strip() and self.category not in CATEGORIES:
            close = nearest(self.category, CATEGORIES) or f" They are: {'; '.join(CATEGORIES)}."
            found.append(
                Problem("category", f"{short(self.category)} is none of the ten categories.{close}")
            )
        for name, fits, text in (
            ("task", lambda n: n >= 1, "Name an activity by its number, from 1."),
            ("unit_cost", lambda n: n >= 0, "A price is zero or more."),
            ("people", lambda n: n >= 1, "Count one person, or more. Write 1 for no one person."),
            ("units_each", lambda n: n > 0, "The number of units is above zero."),
        ):
            value = getattr(self, name)
            if value is None:
                description = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {description}"))
            elif not (fits(value) and value < TOO_LARGE):
                found.append(Problem(name, f"{text} Here stands {number(value)}."))
        return found


class Target(Part):
    """One measure of success."""

    kind: Kind | None = Field(None, description=f"What is measured: {', '.join(get_args(Kind))}.")
    metric: str | None = Field(
        None,
        description="What exactly is counted, in two words or more, with the wiki; for editors "
        "four or more: which edits make an editor, where, and when.",
    )
    baseline: float | str | None = Field(
        None, description="How it is today: a number from zero, or words where none exists."
    )
    target: float | str | None = Field(
        None,
        description="What you want to reach: a number; for a qualitative measure three words or "
        "more.",
    )
    source: str | None = Field(None, description="Where baseline and target come from.")
    method: str | None = Field(None, description="How, and with which tool, it is measured.")
    due: str | None = Field(None, description="The day on which it is measured: '2027-03-31'.")

    @field_validator("baseline", "target", mode="before")
    @classmethod
    def _number_in_text(cls, value: Any) -> Any:
        if type(value) is str:
            try:
                # "nan" and "infinity" are words here, and no numbers.
                return float(value) if any(map(str.isdigit, value)) else value
            except ValueError:
                return value
        return value

    @field_validator("kind", mode="before")
    @classmethod
    def _kind(cls, word: Any) -> Any:
        return one_of(get_args(Kind), word)

    def problems(self) -> Problems:
        """Apply the rules for one target."""
        found = Problems(self._empty("kind", "source", "method", "due"))
        if not self.metric or not self.metric.strip():
            found.append(Problem("metric", "Not written yet: the measure, in words."))
        elif self.kind == "editors" and count_words(self.metric) < 4:
            found.append(
                Problem(
                    "metric",
                    "Reviewers ask what an editor is. Say it in four words or more: how many "
                    "edits make a person an editor, on which wiki, between which days?",
                )
            )
        elif count_words(self.metric) < 2:
            found.append(Problem("metric", "Say in two words or more what exactly is counted."))
        for name in ("baseline", "target"):
            value = getattr(self, name)
            if value is None or (isinstance(value, str) and not value.strip()):
                description = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {description}"))
            elif not isinstance(value, str) and not 0 <= value < TOO_LARGE:
                found.append(Problem(name, f"{number(value)} cannot be counted: zero or more."))
            elif name == "target" and self.kind == "qualitative":
                if not isinstance(value, str) or count_words(value) < 3:
                    found.append(
                        Problem(
                            name,
                            "A qualitative measure is not a number. Say in three words or more "
                            "what you want to hear or see.",
                        )
                    )
            elif name == "target" and self.kind and isinstance(value, str):
                found.append(
                    Problem(name, f"{short(value)} is not a number. Write digits only, such as 12.")
                )
        if self.due and self.due.strip() and day(self.due) is None:
            found.append(Problem("due", _day_is_wrong(self.due)))
        return found


class BudgetAndMetrics(Part):
    """Week 8: lines that add up, targets with a baseline, one measure that is not a number."""

    field: ClassVar = "budget_and_metrics"
    title: ClassVar = "Budget and metrics plan"

    participants: int | None = Field(None, description="How many people take part, from 1.")
    editors: int | None = Field(None, description="How many of them edit: not more than take part.")
    organizers: int | None = Field(None, description="How many people organize, from 1.")
    currency: str | None = Field(None, description="Local currency, three letters such as 'TZS'.")
    local_per_usd: float | None = Field(
        None, description="Local currency for one US dollar, above zero."
    )
    rate_date: str | None = Field(None, description="The day of this exchange rate: '2027-01-11'.")
    rate_source: str | None = Field(None, description="Where the exchange rate comes from.")
    requested_usd: float | None = Field(
        None,
        description=f"The amount you ask for, {number(LEAST_USD)} to {number(MOST_USD)} US "
        "dollars: the sum of all lines that are not in kind, to one dollar.",
    )
    grant_start: str | None = Field(None, description="First day of the grant, '2027-02-01'.")
    grant_end: str | None = Field(
        None, description="Last day of the grant, one to twelve months later."
    )
    report_due: str | None = Field(
        None,
        description=f"The day of the final report, within {REPORT_DAYS} days after the end of the "
        "grant.",
    )
    lines: list[BudgetLine] = Field(
        default_factory=list, description="The lines of the budget, one or more."
    )
    reference: Evidence | None = Field(
        None,
        description="One number of a past grant or report that stands behind the plan, from "
        f"{', '.join(REFERENCES[:-1])} or {REFERENCES[-1]}.",
    )
    targets: list[Target] = Field(
        default_factory=list,
        description="One target each for participants, editors and organizers, one or more for "
        "content, and one or more that is qualitative.",
    )
    learning_question: str | None = Field(
        None,
        description="What you want to learn from the campaign: a question of four words or more.",
    )

    def total(self, *, in_kind: bool = False) -> float | None:
        """Give the sum of the lines in local currency, or None while a line has no total.

        Parameters
        ----------
        in_kind : bool
            Whether services and goods that others give count too; nobody asks money for these.
        """
        totals = [line.total() for line in self.lines if in_kind or line.category != IN_KIND]
        return None if None in totals else sum(totals)

    def total_usd(self) -> float | None:
        """Give the sum of the lines that are to be paid, in US dollars rounded to cents."""
        total = self.total()
        return (
            None
            if total is None or not self.local_per_usd
            else round(total / self.local_per_usd, 2)
        )

    def sums(self) -> str:
        """Write each line as a multiplication, and below it the sum in both currencies."""
        money = self.currency or "local currency"
        written = [
            f"Line {position}: {line.item or 'no name yet'}: {_written(line.quantity())} × "
            f"{_written(line.unit_cost)} = {_written(line.total())} {money}"
            + (" (in kind, not to be paid)" if line.category == IN_KIND else "")
            for position, line in enumerate(self.lines, 1)
        ]
        total = f"To be paid: {_written(self.total())} {money}"
        return "\n".join([*written, f"{total} = {_written(self.total_usd())} US dollars"])

    @field_validator("currency", mode="before")
    @classmethod
    def _capitals(cls, word: Any) -> Any:
        return word.strip().upper() if type(word) is str else word

    def problems(self) -> Problems:
        """Apply the rules of week 8."""
        found = self._problems_of_people()
        for position, line in enumerate(self.lines, 1):
            found += [Problem(f"line {position}, {p.field}", p.text) for p in line.problems()]
            found += self._people_of_line(position, line)
        found += self._empty("lines")
        found += self._problems_of_money()
        found += self._problems_of_days()
        for position, target in enumerate(self.targets, 1):
            found += [Problem(f"target {position}, {p.field}", p.text) for p in target.problems()]
        found += self._problems_of_targets()
        if self.reference is None:
            found.append(Problem("reference", "Not written yet: one number of a past campaign."))
        else:
            if self.reference.table and self.reference.table not in REFERENCES:
                found.append(
                    Problem(
                        "reference, table",
                        f"Take a number of past campaigns, from {', '.join(REFERENCES)}.",
                    )
                )
            found += [Problem(f"reference, {p.field}", p.text) for p in self.reference.problems()]
        found += self._empty("learning_question")
        question = (self.learning_question or "").strip()
        if question and not _ASKS.search(question):
            found.append(
                Problem("learning_question", "This is no question yet. End it with the sign '?'.")
            )
        elif question and count_words(question) < 4:
            found.append(
                Problem("learning_question", "Write a whole question, of four words or more.")
            )
        return found

    def _problems_of_people(self) -> Problems:
        found = Problems()
        for name in PEOPLE:
            value = getattr(self, name)
            if value is None:
                description = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {description}"))
            elif not 1 <= value < TOO_LARGE:
                found.append(Problem(name, "Write a whole number of people, from 1."))
        if None not in (self.participants, self.editors) and self.editors > self.participants:
            found.append(
                Problem(
                    "editors",
                    f"There are more editors ({self.editors}) than participants "
                    f"({self.participants}). Everybody who edits takes part too.",
                )
            )
        return found

    def _people_of_line(self, position: int, line: BudgetLine) -> Problems:
        """Compare the people of a line with the people of the campaign."""
        wanted = getattr(self, line.whom or "", None) if line.whom != "all" else None
        if wanted is None or line.people is None or line.people == wanted:
            return Problems()
        return Problems(
            [
                Problem(
                    f"line {position}, people",
                    f"It pays for {line.people} {line.whom}, but you plan with {wanted} "
                    f"{line.whom}. Use the same number, or write 'all' if it is not for each of "
                    "them.",
                )
            ]
        )

    def _problems_of_money(self) -> Problems:
        found = Problems(self._empty("currency", "rate_source"))
        if self.currency and not re.fullmatch("[A-Z]{3}", self.currency):
            found.append(Problem("currency", "Write the code of three letters, such as 'TZS'."))
        rate, asked = self.local_per_usd, self.requested_usd
        if rate is None:
            found.append(Problem("local_per_usd", "Not written yet: what one US dollar costs."))
        elif not 0 < rate < TOO_LARGE:
            found.append(Problem("local_per_usd", "The exchange rate is above zero."))
        elif self.currency == "USD" and rate != 1:
            found.append(Problem("local_per_usd", "With US dollars the rate is 1."))
        if asked is None:
            found.append(Problem("requested_usd", "Not written yet: the amount, in US dollars."))
            return found
        if not LEAST_USD <= asked <= MOST_USD:
            found.append(
                Problem(
                    "requested_usd",
                    f"A Rapid Fund gives from {number(LEAST_USD)} to {number(MOST_USD)} US "
                    f"dollars, and you ask for {number(asked)}.",
                )
            )
        if rate is None or not 0 < rate < TOO_LARGE:
            return found
        numbers = {"unit_cost", "people", "units_each"}
        if numbers & {problem.field for line in self.lines for problem in line.problems()}:
            found.append(
                Problem(
                    "requested_usd", "It cannot be compared before each line has all its numbers."
                )
            )
            return found
        total = self.total()
        if not abs(total / rate - asked) <= NEAR_USD + 1e-9:
            text = (
                f"The paid lines add up to {number(total)} {self.currency or ''}".rstrip()
                + f", which is {number(total / rate)} US dollars, but you ask for "
                f"{number(asked)}. Change a line or the amount. In-kind lines do not count."
            )
            if rate < 1 and abs(total * rate - asked) <= NEAR_USD:
                text += " Is the rate upside down? Write how much local money one dollar costs."
            found.append(Problem("requested_usd", text))
        return found

    def _problems_of_days(self) -> Problems:
        found = Problems(self._empty("rate_date", "grant_start", "grant_end", "report_due"))
        days = {}
        for name in ("rate_date", "grant_start", "grant_end", "report_due"):
            text = getattr(self, name) or ""
            days[name] = day(text)
            if text.strip() and days[name] is None:
                found.append(Problem(name, _day_is_wrong(text)))
        start, end, report = days["grant_start"], days["grant_end"], days["report_due"]
        if start and end:
            length = (end - start).days + 1
            if length <= 1:
                found.append(
                    Problem("grant_end", f"The grant ends ({end}) before it has begun ({start}).")
                )
            elif not LEAST_DAYS <= length <= MOST_DAYS:
                found.append(
                    Problem(
                        "grant_end",
                        f"From {start} to {end} there are {length} days. A Rapid Fund lasts from "
                        "one month to twelve months.",
                    )
                )
        if end and report and not 0 <= (report - end).days <= REPORT_DAYS:
            found.append(
                Problem(
                    "report_due",
                    f"The report is due in the {REPORT_DAYS} days after the grant ends ({end}), "
                    f"and here stands {report}.",
                )
            )
        return found

    def _problems_of_targets(self) -> Problems:
        """Say which kinds of targets are missing, double, or about another number of people."""
        if not self.targets:
            return Problems(self._empty("targets"))
        found = Problems()
        for kind in PEOPLE:
            numbers = [target.target for target in self.targets if target.kind == kind]
            people = getattr(self, kind)
            if len(numbers) != 1:
                found.append(
                    Problem("targets", f"Write one target for {kind}. There are {len(numbers)}.")
                )
            elif (
                people is not None and isinstance(numbers[0], int | float) and numbers[0] != people
            ):
                found.append(
                    Problem(
                        "targets",
                        f"The target for {kind} is {number(numbers[0])}, but you plan with "
                        f"{people} {kind}. Use one number.",
                    )
                )
        kinds = {target.kind for target in self.targets}
        if not kinds & set(CONTENT):
            found.append(Problem("targets", f"Add a target for content: {', '.join(CONTENT)}."))
        if "qualitative" not in kinds:
            found.append(
                Problem("targets", "Add one target that is not a number, of the kind qualitative.")
            )
        return found


def _written(value: float | None) -> str:
    return "?" if value is None else number(value)


def _day_is_wrong(text: str) -> str:
    return f"{short(text)} is no day. Write year, month and day, such as '2027-03-31'."
