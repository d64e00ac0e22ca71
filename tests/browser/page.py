# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report's page as a person uses it: what is to be seen, and what can be pressed."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait


class Page:
    def __init__(self, driver: Chrome, address: str, report: dict[str, Any]) -> None:
        self.driver, self.address, self.report = driver, address, report
        self.blocked_on_purpose = False
        driver.get(address)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """The text of each, as it is in the document."""
        shown: list[str] = self.script(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector
        )
        return shown

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    @property
    def hosts(self) -> list[str]:
        """The hosts in the rows that are shown."""
        return self.texts("#matrix tbody button.host")

    @property
    def count(self) -> str:
        return self.one("#count").text

    def cells(self, host: str) -> list[str]:
        """What a screen reader says of the verdicts of an account."""
        texts: list[str] = self.script(
            "const row = [...document.querySelectorAll('#matrix tbody tr')].find((one) =>"
            " one.querySelector('button.host').textContent === arguments[0]);"
            "return [...row.querySelectorAll('.cell .unseen')].map((one) => one.textContent)",
            host,
        )
        return texts

    def choose(self, name: str, value: str) -> None:
        Select(self.one(f"#{name}")).select_by_value(value)

    def search(self, text: str) -> None:
        field = self.one("#text")
        field.clear()
        field.send_keys(text)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, element: WebElement) -> None:
        self.script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    @property
    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def tab_to(self, selector: str, most: int = 60) -> WebElement:
        """Press Tab until an element has the focus."""
        for _turn in range(most):
            self.press(Keys.TAB)
            if self.script("return document.activeElement.matches(arguments[0])", selector):
                return self.focused
        raise AssertionError(f"{selector} cannot be reached with {most} tabs")

    def open(self, host: str) -> WebElement:
        """The dialog of an account that is shown."""
        (button,) = [button for button in self.all("button.host") if button.text == host]
        self.click(button)
        return self.one("dialog[open]")

    def copied(self, button: WebElement) -> str:
        """What is in the clipboard after a button was pressed."""
        self.click(button)
        WebDriverWait(self.driver, 10).until(lambda _driver: button.text == "Copied")
        return str(self.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))
