"""The pages on which people sign in, in a real browser; pictures of each are kept in build/pictures/sign-in."""

import json
import re

import pytest
from selenium.webdriver.common.by import By

from pgadmin.browser import Browser
from support import aws
from support.poll import until
from support.server import REPOSITORY
from support.totp import code_of

PICTURES = REPOSITORY / "build/pictures/sign-in"
PASSWORD = "Correct-horse-9"


@pytest.fixture(name="browser", scope="module")
def _browser():
    made = Browser(PICTURES)
    try:
        yield made
    finally:
        made.close()


class Page:
    """What the browser shows: headings, fields and buttons by what a person reads."""

    def __init__(self, browser):
        self.browser, self.driver = browser, browser.driver

    def comes(self, heading):
        """Waits until the page with this heading is there."""
        until(lambda: self.driver.execute_script("return document.querySelector('h1')?.textContent") == heading,
              f"the page {heading}")

    def fill(self, picture, button, **fields):
        for name, value in fields.items():
            label = self.driver.find_element(By.CSS_SELECTOR, f"label[for={name}]")
            assert label.is_displayed()
            self.driver.find_element(By.ID, name).send_keys(value)
        self.browser.picture(picture)
        self.driver.find_element(By.XPATH, f"//button[text()='{button}']").click()

    def complaints(self):
        """What the browser itself says of the pages: blocked styles, pictures and scripts among it."""
        return [entry["message"] for entry in self.driver.get_log("browser") if "favicon" not in entry["message"]]


def test_from_the_first_sign_in_to_a_program(browser, new_server):
    server = new_server().start()
    start = json.loads(server.command("directory", "create", "--json").stdout)
    made = json.loads(server.command("directory", "add-user", "jane", "--given-name", "Jane", "--family-name", "Doe",
                                     "--json").stdout)
    aws.client(server, "sso-admin").create_permission_set(InstanceArn=start["InstanceArn"], Name="Reports")
    server.command("directory", "assign", "Reports", "--user", "jane")
    page = Page(browser)
    page.driver.get(start["StartUrl"])
    page.comes("Sign in")
    assert page.driver.switch_to.active_element.get_attribute("id") == "user"
    page.fill("1-sign-in", "Sign in", user="jane", password=made["OneTimePassword"])
    page.comes("Choose a password")
    page.fill("2-choose-a-password", "Go on", password=PASSWORD, again=PASSWORD)
    page.comes("What you may use")
    browser.picture("3-what-you-may-use")
    page.driver.find_element(By.LINK_TEXT, "Register an authenticator app").click()
    picture = page.driver.find_element(By.CSS_SELECTOR, "img.qr")
    assert page.driver.execute_script("return arguments[0].naturalWidth", picture) > 100
    key = re.search(r"Key: ([A-Z2-7]+)", page.driver.find_element(By.TAG_NAME, "main").text).group(1)
    page.fill("4-authenticator-app", "Register", code=code_of(key))
    page.comes("Your app is registered")
    oidc = aws.client(server, "sso-oidc")
    program = oidc.register_client(clientName='reports <img src=x onerror="alert(1)">', clientType="public")
    program = {name: program[name] for name in ("clientId", "clientSecret")}
    device = oidc.start_device_authorization(startUrl=start["StartUrl"], **program)
    page.driver.get(device["verificationUriComplete"])
    page.comes("May this program act for you?")
    assert device["userCode"] in page.driver.find_element(By.TAG_NAME, "main").text
    page.fill("5-may-this-program-act-for-you", "Allow")
    page.comes("Allowed")
    token = oidc.create_token(grantType="urn:ietf:params:oauth:grant-type:device_code", deviceCode=device["deviceCode"],
                              **program)
    assert token["accessToken"]
    page.driver.get(start["StartUrl"])
    page.fill("6-sign-out", "Sign out")
    page.comes("Signed out")
    page.driver.get(start["StartUrl"])
    page.fill("7-again", "Sign in", user="jane", password=PASSWORD)
    page.comes("Your code")
    page.fill("8-code", "Sign in", code=code_of(key, 1))
    page.comes("What you may use")
    page.driver.set_window_size(360, 740)
    page.driver.get(start["StartUrl"])
    browser.picture("9-on-a-telephone")
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 360
    assert page.complaints() == []
