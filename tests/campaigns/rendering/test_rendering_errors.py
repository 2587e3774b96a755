"""Every mistake in a template is one readable sentence: where, what, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rendering_world import campaign, compiled, row, shipped_copy, tiny

from campaigns.ground.errors import TemplateError

WRONG_BODIES = {
    "<mj-text>a</mj-txt>": "line 4: there is no element <mj-txt> in MJML; did you mean 'mj-text'?",
    "<mj-text>a": "line 5: </mj-column> stands where </mj-text> is wanted: "
    "<mj-text> opened in tiny/body.mjml, line 4",
    "<mj-text>a < b</mj-text>": "line 4: '< b</mj-text>' is not a well-formed element",
    "<mj-text><a href=x>a</a></mj-text>": "line 4: '<a href=x>a</a></mj-text>' is not a well-formed element",
    "</mj-column></mj-section></mj-body></mjml></mjml>": "line 4: </mjml> closes nothing",
    '<mj-image src="x.png" alternative="{{ variant }}"/>': "line 4: {{ variant }}: MJML drops what stands here",
    "<mj-spacer>a</mj-spacer>": "line 4: the MJML does not compile: unexpected token",
    "<mj-text>{% if variant %}</mj-text>": "line 4: {% if variant %}: not valid Jinja:",
    "<mj-text>\n{{ variant | upppercase }}</mj-text>": "line 5: {{ variant | upppercase }}: "
    "not valid Jinja: No filter named 'upppercase'",
    "<mj-text>\n\n{{ raeder.first_name }}</mj-text>": "line 6: {{ raeder.first_name }}: 'raeder' is not defined",
    "<mj-text>{{ sender.nmae }}</mj-text>": "line 4: {{ sender.nmae }}: 'sender' has no 'nmae'; "
    "it has address, name, postal_address; did you mean 'name'?",
    "<mj-text>{{ t.helo }}</mj-text>": "line 4: {{ t.helo }}: 't' has no 'helo'",
    "<mj-text>[[ t.helo ]]</mj-text>": "line 4: [[ t.helo ]]: the 'en' string 'helo' is missing in "
    "tiny/strings/en.toml; there is hello, language; did you mean 'hello'?",
    "<mj-text>[[ helo ]]</mj-text>": "line 4: '[[ helo ]]' is not a string's name; write [[ t.key ]]",
    '<mj-include path="../shared/none.mjml"/>': "line 4: mj-include path '../shared/none.mjml': no such file",
    '<mj-include path="../../../secret.mjml"/>': "line 4: mj-include path '../../../secret.mjml' leads out of",
    '<mj-include path="body.mjml"/>': "line 4: mj-include path 'body.mjml' includes itself",
    "<mj-include/>": "line 4: mj-include has no path",
    '<mj-include path="body.mjml" type="pdf"/>': "line 4: mj-include type 'pdf': wanted mjml, html or css",
}
WRONG_FOR_SOMEBODY = {
    "{{ reader.favourite_tiem }}": "{{ reader.favourite_tiem }}: there is no such thing; there is country, "
    "favourite_time, first_name, language, timezone, user_id; did you mean 'favourite_time'?",
    "{{ picks[9].title }}": "{{ picks[9].title }}: there is no such thing",
    "{{ picks[0].narrator }}": "{{ picks[0].narrator }}: this is empty here; test it first",
    "{{ reader.favourite_time + 1 }}": "{{ reader.favourite_time + 1 }}: failed with TypeError",
    "{{ reader.favourite_time.__class__.__mro__ }}": "failed with SecurityError",
}


@pytest.mark.parametrize("body", WRONG_BODIES)
def test_a_wrong_body_does_not_compile(tmp_path: Path, body: str) -> None:
    with pytest.raises(TemplateError) as caught:
        tiny(campaign(tmp_path, body))
    assert str(caught.value).startswith(f"tiny/body.mjml, {WRONG_BODIES[body]}")


@pytest.mark.parametrize("expression", WRONG_FOR_SOMEBODY)
def test_what_fails_for_one_person_names_the_delivery_and_not_the_person(tmp_path: Path, expression: str) -> None:
    renderer = tiny(campaign(tmp_path, f"<mj-text>\n{{{{ variant }}}}\n{expression}</mj-text>"))
    with pytest.raises(TemplateError) as caught:
        renderer.render(row("roof", name="Quetzal", attributes={"favourite_time": "Xochimilco"}))
    message = str(caught.value)
    assert re.match(r"tiny/body\.mjml, line 6: ", message)
    assert WRONG_FOR_SOMEBODY[expression] in message
    assert message.endswith(f"(delivery {7:032x})")
    assert not re.search("Quetzal|Xochimilco|anna.private|user-7", message)


def test_an_error_in_a_shared_part_names_that_file_and_its_line(tmp_path: Path) -> None:
    folder = shipped_copy(tmp_path)
    card = folder.parent / "shared" / "card.mjml"
    card.write_text(card.read_text("utf-8").replace("{{ pick.title }}</a>", "{{ pick.titel }}</a>"), "utf-8")
    line = next(n for n, text in enumerate(card.read_text("utf-8").split("\n"), 1) if "titel" in text)
    with pytest.raises(TemplateError, match=rf"^shared/card\.mjml, line {line}: .*did you mean 'title'\?"):
        compiled(folder).render(row())


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"subject__txt": "a\n{{ x }}"}, "tiny/subject.txt, line 2: {{ x }}: 'x' is not defined"),
        ({"subject__txt": "{{ subject }}"}, "tiny/subject.txt, line 1: {{ subject }}: 'subject' is not defined"),
        ({"preheader__txt": "{{ preheader }}"}, "tiny/preheader.txt, line 1:"),
        ({"body__txt": "\n\n{% if %}"}, "tiny/body.txt, line 3: {% if %}: not valid Jinja"),
        ({"strings___en__toml": "hello"}, "tiny/strings/en.toml: not valid TOML"),
        ({"strings___en__toml": "hello = 3"}, "tiny/strings/en.toml: 'hello' must be a string in quotes"),
        (
            {
                "body__mjml": '<mjml>\n<mj-head>\n<mj-html-attributes>\n<mj-selector path="p["></mj-selector>\n'
                "</mj-html-attributes></mj-head><mj-body></mj-body></mjml>"
            },
            "tiny/body.mjml, line 4: mj-selector path 'p[' is no CSS selector: ",
        ),
        (
            {
                "body__mjml": "<mjml>\n<mj-head><mj-html-attributes>\n</mj-html-attributes></mj-head>\n<mj-body>\n"
                "<mj-section><mj-column><mj-spacer>a</mj-spacer>\n</mj-column></mj-section></mj-body></mjml>"
            },
            "tiny/body.mjml, line 5: the MJML does not compile: unexpected token",
        ),
        ({"subject__treatmnet__txt": "x"}, "tiny/subject.treatmnet.txt: the campaign has no variant 'treatmnet'"),
        ({"body__mjml": "<mjml>\n<mj-body>\n"}, "tiny/body.mjml, line 2: <mj-body> is never closed"),
        (
            {"body__mjml": "\n<p></p>"},
            "tiny/body.mjml, line 2: <p> stands outside <mjml>, which must hold everything",
        ),
        ({"body__mjml": "nothing"}, "tiny/body.mjml: the MJML does not compile:"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        tiny(campaign(tmp_path, **files))
    assert str(caught.value).startswith(sentence)


def test_a_missing_word_is_looked_for_beside_the_shared_parts_too(tmp_path: Path) -> None:
    folder = campaign(tmp_path, "<mj-text>[[ t.helo ]]</mj-text>")
    shared = folder.parent / "shared" / "strings" / "en.toml"
    shared.parent.mkdir(parents=True)
    shared.write_text("bye = 'Bye'\n", "utf-8")
    with pytest.raises(TemplateError) as caught:
        tiny(folder)
    assert str(caught.value) == (
        "tiny/body.mjml, line 4: [[ t.helo ]]: the 'en' string 'helo' is missing in tiny/strings/en.toml and "
        "shared/strings/en.toml; there is bye, hello, language; did you mean 'hello'?"
    )


def test_a_missing_file_is_named_with_what_is_there(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    (folder / "subject.txt").rename(folder / "subjekt.txt")
    with pytest.raises(TemplateError, match=r"^tiny/subject\.txt: no such file; .* did you mean 'subjekt\.txt'\?"):
        tiny(folder)
    with pytest.raises(TemplateError, match="there is no campaign folder 'huge'"):
        tiny(folder.with_name("huge"))
    with pytest.raises(TemplateError, match=r"^tiny/strings/fr\.toml: no such file; strings/ has en\.toml"):
        compiled(campaign(tmp_path), languages=("fr",))


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    (folder / "subject.txt").write_bytes("\nfür".encode("latin-1"))
    with pytest.raises(TemplateError, match=r"^tiny/subject\.txt, line 2: not UTF-8"):
        tiny(folder)


def test_an_include_through_a_link_does_not_lead_out(tmp_path: Path) -> None:
    folder = campaign(tmp_path, '<mj-include path="linked.mjml"/>')
    (tmp_path / "secret.mjml").write_text("<mj-text>secret</mj-text>", "utf-8")
    (folder / "linked.mjml").symlink_to(tmp_path / "secret.mjml")
    with pytest.raises(TemplateError, match="leads out of"):
        tiny(folder)


def test_a_row_that_was_not_compiled_for_says_what_was(tmp_path: Path) -> None:
    renderer = tiny(campaign(tmp_path))
    with pytest.raises(
        TemplateError, match=r"needs variant 'treatment' in language 'de'.*compiled for treatment/en"
    ):
        renderer.render(row(language="de"))
    with pytest.raises(TemplateError, match=r"slot 1 shows item 'ghost', which the catalogue does not have"):
        renderer.render(row("ghost"))
