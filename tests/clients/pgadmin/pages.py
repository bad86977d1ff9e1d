"""What a person does on pgAdmin's pages: sign in, browse the tree, fill in dialogs, run a query.

Everything waits for what it needs to be there. React redraws at any moment, so an element that was found may be gone:
each step is a function that is tried until it was done.
"""

from selenium.common.exceptions import (ElementClickInterceptedException, ElementNotInteractableException,
                                        NoSuchElementException, StaleElementReferenceException)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support.poll import until

REDRAWN = (ElementClickInterceptedException, ElementNotInteractableException, NoSuchElementException,
           StaleElementReferenceException)
DIALOG = "[role=dialog]"
MENU_ITEM = "[role=menuitem]"


class Pages:
    """pgAdmin as one person sees it in one window."""

    def __init__(self, driver):
        self.driver = driver

    def done(self, step, what):
        """Tries the step until it returns something true, and returns that."""
        def attempt():
            try:
                return step()
            except REDRAWN:
                return None
        return until(attempt, what)

    def all(self, css, within=None):
        return [one for one in (within or self.driver).find_elements(By.CSS_SELECTOR, css) if one.is_displayed()]

    def find(self, css, text=None):
        """The last one that is shown, which is the one on top."""
        found = [one for one in self.all(css) if text is None or one.text.strip().split("\n")[0] == text]
        return found[-1] if found else None

    def see(self, css, text=None):
        return self.done(lambda: self.find(css, text), f"{css} {text or ''} is shown")

    def gone(self, css):
        self.done(lambda: not self.all(css), f"{css} is gone")

    def click(self, css, text=None):
        def step():
            element = self.find(css, text)
            return element and (element.click() or True)
        self.done(step, f"click {css} {text or ''}")

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def paste(self, css, text):
        """Into a field that is shown, in place of what it holds: one event, as from a clipboard."""
        def step():
            element = self.find(css)
            if element is None:
                return False
            element.click()
            element.send_keys(Keys.CONTROL + "a")
            self.driver.execute_cdp_cmd("Input.insertText", {"text": text})
            return self.find(css).get_attribute("value") == text
        self.done(step, f"{css} holds what was pasted")

    def sign_in(self, url, email, password):
        self.driver.get(url)
        self.paste("input[name=email]", email)
        self.paste("input[name=password]", password)
        self.click("button[name=internal_button]")
        self.see(".file-entry")
        self.settled()

    def settled(self):
        """Nothing that covers the page, such as "Loading…", is left."""
        self.done(lambda: "Loading pgAdmin" not in self.text(), "pgAdmin has loaded")

    def refresh(self):
        self.driver.refresh()
        self.see(".file-entry")
        self.settled()

    # the tree

    def node(self, path):
        """The tree's entry at the end of a path of names, when all before it are open."""
        entries = iter(self.all(".file-entry"))
        found = None
        for depth, name in enumerate(path, 1):
            found = next((one for one in entries if int(one.get_attribute("data-depth")) == depth
                          and self.name_of(one) == name), None)
            if found is None:
                return None
        return found

    @staticmethod
    def name_of(entry):
        return entry.find_element(By.CSS_SELECTOR, ".file-name").text.strip()

    def select(self, *path):
        self.done(lambda: self.on_node(path, lambda entry: entry.click()), f"select {path}")

    def on_node(self, path, act):
        entry = self.node(path)
        if entry is None:
            return False
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'nearest'})", entry)
        act(entry)
        return True

    def connect(self, *path):
        """Double-clicks a server."""
        self.done(lambda: self.on_node(path, lambda entry: ActionChains(self.driver).double_click(entry).perform()),
                  f"double-click {path}")

    def open(self, *path):
        """Opens every node of a path, one after the other."""
        for end in range(1, len(path) + 1):
            def step(part=path[:end]):
                entry = self.node(part)
                if entry is None:
                    return False
                toggle = entry.find_element(By.CSS_SELECTOR, ".directory-toggle")
                if "open" in toggle.get_attribute("class").split():
                    return True
                self.on_node(part, lambda _: toggle.click())
                return self.done(lambda: self.is_open(part), f"{part} opens")
            self.done(step, f"open {path[:end]}")

    def is_open(self, path):
        toggle = self.node(path).find_element(By.CSS_SELECTOR, ".directory-toggle")
        return "open" in toggle.get_attribute("class").split()

    def is_connected(self, *path):
        icon = self.node(path).find_element(By.CSS_SELECTOR, ".file-icon")
        return "icon-pg" in icon.get_attribute("class").split()

    def until_connected(self, *path):
        self.done(lambda: self.is_connected(*path), f"{path} is connected")
        self.gone(DIALOG)

    def menu(self, *words):
        """A command of the menu bar."""
        self.click("[data-test=app-menu-bar] button", words[0])
        for word in words[1:]:
            self.click(MENU_ITEM, word)

    # dialogs

    def give_password(self, text):
        self.paste(f"{DIALOG} input[type=password]", text)
        self.click(f"{DIALOG} button[data-test=save]")

    def refusal(self):
        """What the password dialog says below its field."""
        return self.done(lambda: next((line for line in self.find(DIALOG).text.split("\n") if "failed" in line), None),
                         "the dialog says why")

    def cancel(self):
        self.click(f"{DIALOG} button[data-test=close]")
        self.gone(DIALOG)

    def tab(self, name):
        self.click(f"button[role=tab][data-test='{name}']")
        self.see(f"[data-test=tabpanel][data-testid='{name}']")

    def parameter(self, name, keyword):
        """A row of the tab Parameters, added when it is not there; returns its CSS selector."""
        row = f"[data-testid=Parameters] [data-index]:has(input[name=name][value='{keyword}'])"
        if not self.all(row):
            empty = "[data-testid=Parameters] [data-index]:has(input[name=name][value=''])"
            self.click("[data-testid=Parameters] button[data-test=add-row]")
            self.choose(f"{empty} input[role=combobox]", name)
            self.see(row)
        return row

    def choose(self, combobox, text):
        """An option of a list."""
        self.click(f"*:has(> * > {combobox.rsplit(' ', 1)[1]})") if " " not in combobox else None
        field = self.driver.find_elements(By.CSS_SELECTOR, combobox)[-1]
        field.send_keys(text)
        self.click("[role=option]", text)
