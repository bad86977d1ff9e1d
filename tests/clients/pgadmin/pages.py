"""What a person does on pgAdmin's pages: sign in, browse the tree, fill in dialogs, run a query.

Everything waits for what it needs to be there. The page is redrawn at any moment, so an element that was found may be
gone: each step is a function that is tried until it was done.
"""

import contextlib
import re

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support.poll import until

REDRAWN = (ElementClickInterceptedException, ElementNotInteractableException, NoSuchElementException,
           StaleElementReferenceException)
DIALOG = "[role=dialog]"
MENU_ITEM = "[role=menuitem]"
PARAMETERS = "[data-testid=Parameters]"
SCROLL_UP = """
for (let one = document.querySelector('.file-entry'); one; one = one.parentElement) one.scrollTop = 0;
"""


class Window:
    """What is the same on all pages."""

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

    def all(self, css):
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, css) if one.is_displayed()]

    def find(self, css, text=None):
        """The last one that is shown, which is the one on top; `text` is its first line."""
        found = [one for one in self.all(css) if text is None or one.text.strip().split("\n")[0] == text]
        if not found:
            raise NoSuchElementException(f"{css} {text or ''}")
        return found[-1]

    def see(self, css, text=None):
        return self.done(lambda: self.find(css, text), f"{css} {text or ''} is shown")

    def gone(self, css):
        self.done(lambda: not self.all(css), f"{css} is gone")

    def click(self, css, text=None):
        def step():
            element = self.find(css, text)
            if not element.is_enabled() or element.get_attribute("aria-disabled") == "true":
                return False
            element.click()
            return True
        self.done(step, f"click {css} {text or ''}")

    def paste(self, css, text):
        """Into a field, in place of what it holds: one event, as from a clipboard."""
        def step():
            field = self.find(css)
            field.click()
            field.send_keys(Keys.CONTROL + "a")
            self.insert(text)
            return self.find(css).get_attribute("value") == text
        self.done(step, f"{css} holds what was pasted")

    def insert(self, text):
        """Where the cursor is."""
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def menu(self, *words):
        """A command of the menu bar."""
        self.click("[data-test=app-menu-bar] button", words[0])
        for word in words[1:]:
            self.click(MENU_ITEM, word)

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def sign_in(self, email, password):
        self.paste("input[name=email]", email)
        self.paste("input[name=password]", password)
        self.click("button[name=internal_button]")
        self.see(".file-entry")
        self.done(lambda: "Loading pgAdmin" not in self.text(), "pgAdmin has loaded")


class Tree(Window):
    """The Object Explorer. A node is said by the names on the way to it."""

    def node(self, path):
        """Fails while not all before it are open."""
        entries = iter(self.all(".file-entry"))
        found = None
        for depth, name in enumerate(path, 1):
            found = next((one for one in entries if int(one.get_attribute("data-depth")) == depth
                          and one.find_element(By.CSS_SELECTOR, ".file-name").text.strip() == name), None)
            if found is None:
                raise NoSuchElementException(f"the tree shows no {name}")
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'nearest'})", found)
        return found

    def part(self, path, css):
        """One of its parts, and the words of its class."""
        element = self.node(path).find_element(By.CSS_SELECTOR, css)
        return element, element.get_attribute("class").split()

    def select(self, *path):
        """One click, and what comes of it: two in a row would be a double click, which connects."""
        def step():
            if self.is_selected(self.node(path)):
                return True
            self.part(path, ".file-name")[0].click()
            with contextlib.suppress(AssertionError):
                until(lambda: self.is_selected(self.node(path)), f"{path} is selected", patience=15)
            return self.is_selected(self.node(path))
        self.done(step, f"{path} is selected")

    @staticmethod
    def is_selected(entry):
        return bool({"active", "pseudo-active"} & set(entry.get_attribute("class").split()))

    def open(self, *path):
        """Opens every node of the path, one after the other."""
        for end in range(1, len(path) + 1):
            self.done(lambda part=path[:end]: self.turn(part, True), f"{path[:end]} is open")

    def close(self, *path):
        """So that what follows fits: the tree has no elements for what is out of sight."""
        self.driver.execute_script(SCROLL_UP)
        self.done(lambda: self.turn(path, False), f"{path} is closed")

    def turn(self, path, wanted):
        """One click, and what comes of it. pgAdmin opens nodes by itself too, just then perhaps; then the next click does."""
        if self.is_open(path) == wanted:
            return True
        self.part(path, ".directory-toggle")[0].click()
        with contextlib.suppress(AssertionError):
            until(lambda: self.is_open(path) == wanted, f"{path} turns", patience=15)
        return self.is_open(path) == wanted

    def is_open(self, path):
        return "open" in self.part(path, ".directory-toggle")[1]

    def double_click(self, *path):
        self.done(lambda: ActionChains(self.driver).double_click(self.node(path)).perform() or True,
                  f"double-click {path}")

    def is_connected(self, *path):
        return "icon-pg" in self.part(path, ".file-label i")[1]

    def until_connected(self, *path):
        self.done(lambda: self.is_connected(*path), f"{path} is connected")
        self.gone(DIALOG)

    def disconnect(self, *path):
        self.select(*path)
        self.menu("Object", "Disconnect from server")
        self.click(f"{DIALOG} button", "Disconnect")
        self.done(lambda: not self.is_connected(*path), f"{path} is disconnected")


class Dialogs(Window):
    """The password dialog, and the one that registers a server."""

    def give_password(self, text):
        self.paste(f"{DIALOG} input[type=password]", text)
        self.click(f"{DIALOG} button[data-test=save]")

    def said(self, words):
        """All that the dialog shows, when it shows these words."""
        return self.done(lambda: (text := self.find(DIALOG).text) and words in text and text, f"the dialog says {words}")

    def cancel(self):
        self.click(f"{DIALOG} button[data-test=close]")
        self.gone(DIALOG)

    def tab(self, name):
        self.click(f"button[role=tab][data-test='{name}']")
        self.see(f"[data-test=tabpanel][data-testid='{name}']")

    def choose(self, combobox, text):
        """An option of a list, found by typing it; pgAdmin may take the focus away, which closes the list."""
        def step():
            for option in self.all("[role=option]"):
                if option.text.strip() == text:
                    option.click()
                    return True
            field = self.find(combobox)
            if field.get_attribute("value") != text:
                field.send_keys(text)
            return False
        self.done(step, f"{text} is chosen in {combobox}")

    @staticmethod
    def parameter(keyword):
        """The row of a connection parameter, as a selector."""
        return f"{PARAMETERS} [data-index]:has(input[name=name][value='{keyword}'])"

    def choose_parameter(self, keyword, value):
        self.choose(f"{self.parameter(keyword)} [role=combobox]", value)

    def add_parameter(self, name, keyword):
        self.click(f"{PARAMETERS} button[data-test=add-row]")
        self.choose(f"{self.parameter('')} [role=combobox]", name)
        self.see(f"{self.parameter(keyword)} input[name=value]")

    def upload(self, path):
        """In a dialog that selects a file: uploads one."""
        self.click(f"{DIALOG} button[name=menu-options]")
        self.click(MENU_ITEM, "Upload")
        self.done(lambda: self.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(path)) or True,
                  "a file is given")
        self.done(lambda: "Uploaded!" in self.find(DIALOG).text, "it is uploaded")

    def select_file(self, name):
        """After an upload: closes that part, and takes the file from the list."""
        self.click(f"{DIALOG} button[data-label=Close]")
        self.click(f"{DIALOG} [role=row] [role=gridcell]", name)
        self.click(f"{DIALOG} button[data-test=save]", "Select")
        self.gone(DIALOG)

    def save(self):
        self.click("button[data-label=Save]", "Save")
        self.gone("button[data-label=Save]")


class QueryTool(Window):
    """Each is a frame of its own; the newest is the one that is shown."""

    def frames(self):
        return self.driver.find_elements(By.CSS_SELECTOR, "iframe[id^=id-query-tool]")

    def open_query_tool(self):
        """For what is selected in the tree."""
        before = len(self.frames())
        self.click("button[data-label='Query Tool']")
        self.done(lambda: len(self.frames()) > before, "a Query Tool opens")

    @contextlib.contextmanager
    def in_query_tool(self):
        frame = self.done(lambda: [one for one in self.frames() if one.is_displayed()], "a Query Tool is shown")[-1]
        self.driver.switch_to.frame(frame)
        try:
            yield
        finally:
            self.driver.switch_to.default_content()

    def run_query(self, sql):
        """The rows that the page then shows, without their numbers, each a list of texts."""
        with self.in_query_tool():
            self.click(".cm-content")
            self.insert(sql)
            self.find(".cm-content").send_keys(Keys.F5)
            return self.done(self.rows_of_result, "the query is complete and its rows are shown")

    def rows_of_result(self):
        """When all are there."""
        total = re.search(r"Total rows: (\d+)\s+Query complete", self.text())
        rows = [row.find_elements(By.CSS_SELECTOR, "[role=gridcell]") for row in self.all("[role=row]")]
        shown = [[cell.text for cell in row[1:]] for row in rows if row]
        return shown if total and len(shown) == int(total.group(1)) else None


class Pages(Tree, Dialogs, QueryTool):
    """pgAdmin as one person sees it in one window."""
