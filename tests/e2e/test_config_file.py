"""--config FILE: a key that is no option is refused, as is a table that is no command; nothing starts."""

import pytest

from support.server import PROGRAM, clean_environment, run


@pytest.mark.parametrize(("text", "refusal"), [
    ('[serve]\nend-revoked-session = true\n', "there is no option end-revoked-session in the table [serve]"),
    ('[serv]\nlisten = "127.0.0.1:0"\n', "there is no command for the table [serv]"),
    ('listen = "127.0.0.1:0"\n', "listen stands in no table; options of serve belong below [serve]"),
    ('[agent]\nnam = "here"\n[serve]\n', "there is no option nam in the table [agent]"),
])
def test_unknown_keys_are_refused(tmp_path, text, refusal):
    file = tmp_path / "countersign.toml"
    file.write_text(text)
    words = [PROGRAM, "--config", file, "serve", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0"]
    done = run([str(word) for word in words], clean_environment(tmp_path), check=False)
    assert done.returncode == 2
    assert done.stderr == f"countersign: {file}: {refusal}\n"
    assert not (tmp_path / "data").exists()


def test_known_keys_count_and_the_command_line_beats_them(tmp_path):
    file = tmp_path / "countersign.toml"
    file.write_text('[serve]\naccount-id = "file"\n[agent]\nname = "here"\n')
    words = [str(PROGRAM), "--config", str(file), "serve", "--data-dir", str(tmp_path / "data")]
    environment = clean_environment(tmp_path)
    assert "--account-id file: " in run(words, environment, check=False).stderr
    assert "--account-id line: " in run([*words, "--account-id", "line"], environment, check=False).stderr
