"""Debian's Chromium without a window, driven by its own chromedriver."""

import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from support.server import clean_environment

CHROMIUM = pathlib.Path("/usr/bin/chromium")
CHROMEDRIVER = pathlib.Path("/usr/bin/chromedriver")
SWITCHES = ("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-dev-shm-usage",
            "disable-background-networking", "disable-component-update", "disable-sync", "window-size=1200,860",
            "lang=en-US")


class Browser:
    """Owns the browser and its profile."""

    def __init__(self, pictures):
        for program in (CHROMIUM, CHROMEDRIVER):
            assert program.exists(), f"{program} is not there; install chromium and chromium-driver"
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-browser-", dir="/tmp"))
        self.pictures = pictures
        options = Options()
        options.binary_location = str(CHROMIUM)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for switch in (*SWITCHES, f"user-data-dir={self.home}/profile"):
            options.add_argument(f"--{switch}")
        service = Service(str(CHROMEDRIVER), env=clean_environment(self.home))
        self.driver = webdriver.Chrome(options=options, service=service)

    def picture(self, name):
        """Keeps what is seen now."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(self.pictures / f"{name}.png"))

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.home, ignore_errors=True)
