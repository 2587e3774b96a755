"""The audience: the same gates for everybody, each exclusion with the first reason in their documented order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from gates_oracle import ADDRESSES, Audience, reasons
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_campaign import campaign
from tiny_world import AS_OF, EDITION, Row, TinyWorld, ago, chosen, heard, item, recommended, suppression, user

from campaigns.audience import close_gates, count_excluded, open_gates
from campaigns.ground.address import address_key
from campaigns.ground.exclusion import Reason
from campaigns.personalise import list_curated
from campaigns.settings.workspace import HoldoutSettings
from recsource.engine import Engine
from recsource.picks import make_picks
from recsource.rules.rule import Occasion

NOBODY_HELD_OUT = HoldoutSettings(share=0)
ITEMS = [item("calm"), item("kids", for_kids=True), item("later", published_at=ago(-1))]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(threads=2) as engine:
        yield engine


def _decide(engine: Engine, folder: Path, audience: Audience) -> dict[str, Reason | None]:
    """Everybody's reason, as the planner comes to it."""
    world, settings = audience.world, audience.campaign
    occasion = Occasion(AS_OF, EDITION, "seed", settings.slots)
    lines = [recommended(user_id, ["calm"]) for user_id, n in audience.picks.items() if n]
    world.make_tables(engine)
    open_gates(
        engine,
        settings,
        as_of=AS_OF,
        suppressed=map(address_key, audience.suppressed),
        recent=audience.recent,
    )
    batch = replace(world, lines=lines).write_batch(folder / "batch.out")
    make_picks(engine, batch=batch, eligible="eligible", rules=settings.rules, occasion=occasion)
    list_curated(engine, occasion)
    close_gates(engine, settings.slots, settings.experiment.experiment(), audience.holdout.holdout())
    return {
        str(user_id): None if reason is None else Reason(str(reason))
        for user_id, reason in engine.rows("SELECT user_id, reason FROM people")
    }


USER_IDS = ("u1", "u2", "ü3", "😀4", "U5", "-6")
_ADDRESSES = ("ada@mail.example", " ADA@Mail.example", "bob@mail.example", "eve@mail.example", "a.b@x.example")


def _random_audience(dice: Random) -> Audience:
    user_ids = dice.sample(USER_IDS, dice.randint(1, len(USER_IDS)))
    english = dice.choice((("later", "calm"), ("kids",)))
    german = dice.choice(((), ("kids", "kids"), ("calm",)))
    curated = [
        *(chosen(n, item_id) for n, item_id in enumerate(english)),
        *(chosen(n, item_id, "de") for n, item_id in enumerate(german)),
    ]
    cap = dice.choice(({}, {"frequency_cap": {"editions": 2, "within_days": 30}}))
    own = dice.choice(({}, {"holdout": {"share": 0.4, "salt": str(dice.random())}}))
    return Audience(
        world=TinyWorld(
            items=ITEMS,
            users=[_random_user(dice, user_id) for user_id in user_ids],
            curated=curated,
            interactions=[heard(user_id, "kids") for user_id in user_ids if dice.random() < 0.5],
            suppressions=dice.choice(([], [suppression(" Bob@MAIL.example ")])),
        ),
        campaign=campaign(audience=cap | {"language_fallback": {"fr": "en"}}, experiment=own),
        holdout=HoldoutSettings(share=dice.choice((0, 0.3)), salt=str(dice.random())),
        suppressed=dice.choice(([], ["EVE@mail.example"])),
        recent=[(dice.choice(("2026-W45", "2026-W46")), dice.choice(user_ids)) for _ in range(dice.randint(0, 6))],
        picks={user_id: 1 for user_id in user_ids if dice.random() < 0.9},
        curated=_curated_counts(curated),
    )


def _random_user(dice: Random, user_id: str) -> Row:
    def mostly(good: object, *others: object) -> object:
        return dice.choice((*[good] * 5 * len(others), *others))

    return user(
        user_id,
        email=mostly(dice.choice(_ADDRESSES), dice.choice(list(ADDRESSES))),
        email_consent=mostly(*(True, False, None)),
        subscription=mostly("active", "trial", "lapsed", None),
        last_active_at=dice.choice((ago(1), ago(1), ago(2), ago(60), mostly(ago(3), ago(60.001), None))),
        language=mostly("en", "de", "de", "de", "fr", "xx", None),
    )


def _curated_counts(rows: Sequence[dict[str, object]]) -> dict[tuple[str, bool], int]:
    out = {(row["language"], row["item_id"]) for row in rows if row["item_id"] != "later"}
    return {
        (language, kids): sum(1 for spoken, item_id in out if spoken == language and (kids or item_id != "kids"))
        for language in ("en", "de")
        for kids in (True, False)
    }


audiences = st.integers(0, 2**64 - 1).map(Random).map(_random_audience)


@given(audiences)
@settings(max_examples=70)
def test_everybody_considered_is_planned_or_excluded_for_the_first_gate_that_closes(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, audience: Audience
) -> None:
    decided = _decide(engine, tmp_path_factory.getbasetemp(), audience)
    assert decided == reasons(audience)
    planned = {str(user_id) for (user_id,) in engine.rows("SELECT user_id FROM planned")}
    assert planned == {user_id for user_id, reason in decided.items() if reason is None}
    counted = count_excluded(engine)
    assert list(counted) == list(Reason)
    assert counted == {reason: Counter(decided.values())[reason] for reason in Reason}
    assert len(planned) + sum(counted.values()) == len(audience.world.users)


@given(audiences, st.permutations(("control", "treatment")), st.sampled_from((0.1, 0.9)), st.text(min_size=1))
@settings(max_examples=12)
def test_the_gates_do_not_know_the_variants(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    audience: Audience,
    names: Sequence[str],
    share: float,
    salt: str,
) -> None:
    variants = [
        {"name": names[0], "source": "recommended", "share": share},
        {"name": names[1], "source": "curated", "share": 1 - share},
    ]
    other = audience.campaign.experiment.model_copy(
        update={"salt": salt, "variants": campaign(experiment={"variants": variants}).experiment.variants}
    )
    swapped = replace(audience, campaign=audience.campaign.model_copy(update={"experiment": other}))
    folder = tmp_path_factory.getbasetemp()
    assert _decide(engine, folder, swapped) == _decide(engine, folder, audience)


def test_without_a_curated_variant_nobody_needs_curated_picks(engine: Engine, tmp_path: Path) -> None:
    only = {"name": "treatment", "source": "recommended", "share": 1}
    audience = _one_gate()
    without = replace(
        audience,
        world=replace(audience.world, curated=()),
        campaign=campaign(experiment={"variants": [only], "baseline": "treatment"}),
    )
    assert _decide(engine, tmp_path, without) == {"u": None}
    missing = replace(without, campaign=audience.campaign)
    assert _decide(engine, tmp_path, missing) == {"u": Reason.TOO_FEW_CURATED}


def _one_gate(**changed: object) -> Audience:
    """One person whom everything lets pass, but for what is changed of them."""
    world = TinyWorld(items=ITEMS, users=[user("u", **changed)], curated=[chosen(1, "calm")])
    return Audience(world, campaign(), NOBODY_HELD_OUT, picks={"u": 1})


@pytest.mark.parametrize(("address", "sound"), ADDRESSES.items(), ids=map(repr, range(len(ADDRESSES))))
def test_an_address_that_no_email_reaches_is_malformed(
    engine: Engine,
    tmp_path: Path,
    address: str | None,
    sound: bool,  # noqa: FBT001 - a table's second column
) -> None:
    expected = None if sound else Reason.MALFORMED_ADDRESS
    assert _decide(engine, tmp_path, _one_gate(email=address)) == {"u": expected}


def test_an_address_is_planned_trimmed_and_with_its_domain_in_lower_case(engine: Engine, tmp_path: Path) -> None:
    _decide(engine, tmp_path, _one_gate(email="  Ada.Lovelace@MAIL.Example "))
    assert engine.row("SELECT address FROM planned") == ("Ada.Lovelace@mail.example",)


LOCAL = st.text("abcXYZ0189!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=9)
WIRE = st.builds(
    "{0}{1}@{2}.Example{0}".format, st.sampled_from(("", " ", "  ")), LOCAL, st.sampled_from(("M", "x-Y"))
)
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@given(st.lists(WIRE | st.builds("{}@{}".format, ANY, ANY) | ANY, min_size=1, max_size=20))
@settings(max_examples=40)
def test_the_engine_and_python_know_an_address_by_the_same_key(engine: Engine, addresses: list[str]) -> None:
    TinyWorld(users=[user(str(n), email=address) for n, address in enumerate(addresses)]).make_tables(engine)
    open_gates(engine, campaign(), as_of=AS_OF, suppressed=(), recent=())
    rows = engine.rows("SELECT user_id, address, address_key FROM people WHERE reason IS NULL")
    for n, address, key in rows:
        assert key == address_key(addresses[int(str(n))]) == address_key(str(address))
    assert len(rows) >= sum("Example" in address for address in addresses)


def test_the_key_of_an_address_holds_no_address() -> None:
    key = sha256(b"ada@mail.example").hexdigest()[:32]
    assert address_key(" Ada@Mail.EXAMPLE ") == key


NAMES = {
    "Ada": "Ada",
    "  Ada ": "Ada",
    "Zoë": "Zoë",
    "Anne-Marie": "Anne-Marie",
    "O\u2019Hara": "O\u2019Hara",
    "Mary Jane": "Mary Jane",
    "J.": "J.",
    "Müşerref": "Müşerref",
    "Юлия": "Юлия",
    "李小龍": "李小龍",
    "さくら": "さくら",
    "محمد": "محمد",
    "अनीता": "अनीता",
    "Ngọc": "Ngọc",
    "e\u0301lodie": "e\u0301lodie",
    "A" * 40: "A" * 40,
    "A" * 41: None,
    "": None,
    " ": None,
    None: None,
    "NULL": None,
    "n/a": None,
    "Test": None,
    "ada@mail.example": None,
    "Ada1": None,
    "12345": None,
    "😀": None,
    "{{ name }}": None,
    "<b>Ada</b>": None,
    "Ada\nBcc: eve": None,
    "www.ada.example/": None,
    "...": None,
    "-": None,
}
"""What people call themselves, and what an email calls them."""


@pytest.mark.parametrize(("first_name", "greeting"), NAMES.items())
def test_a_name_that_is_none_is_not_greeted_with(
    engine: Engine, tmp_path: Path, first_name: str | None, greeting: str | None
) -> None:
    _decide(engine, tmp_path, _one_gate(first_name=first_name))
    assert engine.row("SELECT greeting_name FROM planned") == (greeting,)


def test_of_those_who_share_an_address_the_one_here_last_gets_the_email(engine: Engine, tmp_path: Path) -> None:
    people = {"long ago": 30, "lately": 2, "not eligible": 1}
    users = [
        user(user_id, email="Us@Mail.example", last_active_at=ago(days), email_consent=user_id != "not eligible")
        for user_id, days in people.items()
    ]
    audience = replace(_one_gate(), world=replace(_one_gate().world, users=users), picks=dict.fromkeys(people, 1))
    assert _decide(engine, tmp_path, audience) == {
        "long ago": Reason.SHARED_ADDRESS,
        "lately": None,
        "not eligible": Reason.NO_CONSENT,
    }


def test_the_holdout_is_its_share_of_those_who_would_be_planned_and_splits_the_variants_alike(
    engine: Engine, tmp_path: Path
) -> None:
    from campaigns.assignment.assigning import assign

    people = [f"user {n}" for n in range(3_000)]
    users = [user(user_id, email=f"{n}@mail.example", cohort=None) for n, user_id in enumerate(people)]
    audience = replace(
        _one_gate(),
        world=replace(_one_gate().world, users=users),
        picks=dict.fromkeys(people, 1),
        holdout=HoldoutSettings(share=0.2, salt="out"),
    )
    held_out = {user_id for user_id, reason in _decide(engine, tmp_path, audience).items() if reason}
    assert abs(len(held_out) - 600) < 4 * (3_000 * 0.2 * 0.8) ** 0.5
    assign(engine, "people", audience.campaign.experiment.experiment(), "2026-W47")
    treated = {str(row[0]) for row in engine.rows("SELECT user_id FROM assigned WHERE variant = 'treatment'")}
    assert abs(len(treated & held_out) - len(held_out) / 2) < 4 * (len(held_out) * 0.25) ** 0.5


def test_a_further_column_of_users_may_have_any_name(engine: Engine) -> None:
    audience = _one_gate()
    audience.world.make_tables(engine)
    for column in ("reason", "address", "address_key", "email_language", "greeting_name", "given_address"):
        engine.run(f"ALTER TABLE users ADD COLUMN {column} VARCHAR DEFAULT '12 Quiet Lane'")
    open_gates(engine, audience.campaign, as_of=AS_OF, suppressed=(), recent=())
    assert engine.row("SELECT address LIKE '%@%', email_language, greeting_name, reason FROM people") == (
        True,
        "en",
        "Ada",
        None,
    )
    assert engine.rows("SELECT user_id, email_language FROM eligible") == [("u", "en")]
