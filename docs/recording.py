"""Makes the recording of the README: the installed `qa` in a terminal (tmux), typed into as a user would, as recording.gif.

python docs/recording.py

Needs tmux and a monospaced font (Debian's fonts-dejavu-core). Waits of more than two seconds are cut to two.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.text import Text

HERE = Path(__file__).parent
QA = Path(sys.executable).with_name("qa")
WIDTH, HEIGHT = 100, 28
CELL_WIDTH, CELL_HEIGHT, MARGIN, FONT_SIZE = 9, 19, 12, 15
FONTS = Path("/usr/share/fonts/truetype/dejavu")
DARK, LIGHT = (20, 23, 28), (216, 220, 226)
COLOURS = 48
MANNED = "How many Russian military personnel are at the Kant airbase?"
FLOWN = "Which planes do they fly there?"
LONGEST_WAIT, LAST_WAIT, LOOK = 2.0, 4.0, 0.08


@dataclass(frozen=True, slots=True)
class Shot:
    """What the terminal showed, with its escape sequences, from a moment on (seconds)."""

    since: float
    screen: str


class Terminal:
    """tmux with a server of its own; `qa` runs in it over a copy of the article in a home folder with nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "socket"
        for part in ("corpus", "index"):
            shutil.copytree(HERE.parent / part, folder / part)
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        self.shots: list[Shot] = []

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments]
        done = subprocess.run(  # noqa: S603 - nothing of a user's is in the command
            command, capture_output=True, text=True, check=True, cwd=self._folder, env=self._environment
        )
        return done.stdout

    def start(self) -> None:
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        self.tmux("new-session", "-d", "-s", "qa", *size, f"exec {QA}")

    def look(self, seconds: float) -> str:
        """Keep what is seen for so long; the last that was."""
        end = time.monotonic() + seconds
        while True:
            screen = self.tmux("capture-pane", "-e", "-p", "-t", "qa")
            if not self.shots or self.shots[-1].screen != screen:
                self.shots.append(Shot(time.monotonic(), screen))
            if time.monotonic() >= end:
                return screen
            time.sleep(LOOK)

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + 200
        while words not in Text.from_ansi(self.look(LOOK)).plain:
            if time.monotonic() > end:
                raise TimeoutError(words)

    def type(self, text: str) -> None:
        for letter in text:
            self.tmux("send-keys", "-t", "qa", "-l", letter)
            self.look(0.04)

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "qa", *keys)


def play(terminal: Terminal) -> None:
    """A question, a follow-up, the evidence, and the next candidate."""
    terminal.start()
    terminal.wait_for("ready")
    terminal.look(1)
    terminal.type(MANNED)
    terminal.look(0.4)
    terminal.press("Enter")
    terminal.wait_for("400")
    terminal.look(2)
    terminal.type(FLOWN)
    terminal.look(0.4)
    terminal.press("Enter")
    terminal.wait_for("understood as")
    terminal.wait_for("Su-25")
    terminal.look(2)
    terminal.press("F3")
    terminal.look(2)


def pictures(shots: list[Shot]) -> Iterator[tuple[Image.Image, int]]:
    """Each shot as a picture with the milliseconds for which it is shown."""
    for shot, following in zip(shots, [*shots[1:], None], strict=True):
        seconds = LAST_WAIT if following is None else min(LONGEST_WAIT, following.since - shot.since)
        yield drawn(shot.screen), round(seconds * 1000)


def drawn(screen: str) -> Image.Image:
    picture = Image.new("RGB", (WIDTH * CELL_WIDTH + 2 * MARGIN, HEIGHT * CELL_HEIGHT + 2 * MARGIN), DARK)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(screen.split("\n")[:HEIGHT]):
        column = 0
        for character, style in _cells(Text.from_ansi(line)):
            _draw(pen, column, row, character, style)
            column += cell_len(character)
    return picture


def _cells(line: Text) -> Iterator[tuple[str, Style]]:
    styles = [Style.null()] * len(line)
    for span in line.spans:
        style = span.style if isinstance(span.style, Style) else Style.parse(span.style)
        for at in range(span.start, span.end):
            styles[at] += style
    return zip(line.plain, styles, strict=True)


def _draw(pen: ImageDraw.ImageDraw, column: int, row: int, character: str, style: Style) -> None:
    front, back = _rgb(style.color, LIGHT), _rgb(style.bgcolor, DARK)
    if style.reverse:
        front, back = back, front
    x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
    pen.rectangle((x, y, x + CELL_WIDTH * cell_len(character) - 1, y + CELL_HEIGHT - 1), back)
    pen.text((x, y + 1), character, front, BOLD if style.bold else PLAIN)


def _rgb(colour: Color | None, otherwise: tuple[int, int, int]) -> tuple[int, int, int]:
    if colour is None or colour.is_default:
        return otherwise
    red, green, blue = colour.get_truecolor()
    return red, green, blue


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(Path(folder))
        try:
            play(terminal)
        finally:
            terminal.tmux("kill-server")
    shown = list(pictures(terminal.shots))
    palette = shown[-1][0].quantize(COLOURS)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture, _ in shown]
    file = HERE / "recording.gif"
    frames[0].save(
        file, save_all=True, append_images=frames[1:], duration=[each for _, each in shown], loop=0, optimize=True
    )
    print(f"{file}: {len(frames)} pictures, {file.stat().st_size / 1000:.0f} kB")


PLAIN = ImageFont.truetype(str(FONTS / "DejaVuSansMono.ttf"), FONT_SIZE)
BOLD = ImageFont.truetype(str(FONTS / "DejaVuSansMono-Bold.ttf"), FONT_SIZE)

if __name__ == "__main__":
    main()
