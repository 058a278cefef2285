"""Week 8 of the plan: what it costs, and how anybody will know that it worked."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from organizer_lab.plan.part import Evidence, Part, Problems

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


class BudgetLine(Part):
    """One line of the budget: so many units for each of so many people, at a price."""

    task: int | None = Field(
        None, description="The activity it pays for: the number of a task of week 7."
    )
    category: str | None = Field(None, description="One of the ten categories of the Foundation.")
    item: str | None = Field(None, description="What is bought or paid.")
    unit: str | None = Field(None, description="The unit, such as 'day' or 'data package'.")
    unit_cost: float | None = Field(None, description="Price of one unit, in local currency.")
    whom: Literal["participants", "organizers", "all"] | None = Field(
        None, description="For whom: 'participants', 'organizers', or 'all' if not for each one."
    )
    people: int | None = Field(
        None, description="How many of these people; 1 where it is not for each person."
    )
    units_each: float | None = Field(None, description="How many units for each of them.")

    def quantity(self) -> float | None:
        """Give the number of units, or None while a part of it is not said."""
        if self.people is None or self.units_each is None:
            return None
        return self.people * self.units_each

    def total(self) -> float | None:
        """Give the total cost in local currency, or None while a part of it is not said."""
        quantity = self.quantity()
        return None if quantity is None or self.unit_cost is None else quantity * self.unit_cost


class Target(Part):
    """One measure of success."""

    kind: (
        Literal[
            "participants",
            "editors",
            "organizers",
            "articles created",
            "articles improved",
            "other content",
            "qualitative",
        ]
        | None
    ) = Field(None, description="What is measured.")
    metric: str | None = Field(None, description="The measure in words, with the wiki if it is one")
    baseline: float | str | None = Field(
        None, description="How it is today: a number, or words where none exists."
    )
    target: float | str | None = Field(
        None, description="What you want to reach: a number; words for a qualitative measure."
    )
    source: str | None = Field(None, description="Where baseline and target come from.")
    method: str | None = Field(None, description="How, and with which tool, it is measured.")
    due: str | None = Field(None, description="The day on which it is measured: '2027-03-31'.")

    @field_validator("baseline", "target", mode="before")
    @classmethod
    def _number_in_text(cls, value: Any) -> Any:
        if type(value) is str:
            try:
                return float(value)
            except ValueError:
                return value
        return value


class BudgetAndMetrics(Part):
    """Week 8: lines that add up, targets with a baseline, one measure that is not a number."""

    field: ClassVar = "budget_and_metrics"
    title: ClassVar = "Budget and metrics plan"

    participants: int | None = Field(None, description="How many people take part.")
    editors: int | None = Field(None, description="How many of them edit.")
    organizers: int | None = Field(None, description="How many people organize.")
    currency: str | None = Field(None, description="Local currency, three letters such as 'TZS'.")
    local_per_usd: float | None = Field(None, description="Local currency for one US dollar.")
    rate_date: str | None = Field(None, description="The day of this exchange rate: '2027-01-11'.")
    rate_source: str | None = Field(None, description="Where the exchange rate comes from.")
    requested_usd: float | None = Field(None, description="The amount you ask for, US dollars.")
    grant_start: str | None = Field(None, description="First day of the grant, '2027-02-01'.")
    grant_end: str | None = Field(None, description="Last day of the grant, '2027-05-31'.")
    report_due: str | None = Field(None, description="The day of the final report.")
    lines: list[BudgetLine] = Field(default_factory=list, description="The lines of the budget.")
    reference: Evidence | None = Field(
        None, description="One number of a past grant or report that stands behind the plan."
    )
    targets: list[Target] = Field(
        default_factory=list, description="The targets, at least one of them not a number."
    )
    learning_question: str | None = Field(
        None, description="What you want to learn from the campaign, as a question."
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

    def problems(self) -> Problems:
        """Apply the rules of week 8."""
        return Problems(self._empty("currency", "lines", "targets", "learning_question"))
