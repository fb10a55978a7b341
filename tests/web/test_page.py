#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The web console's page in Chromium, as phones and desks show it; pictures of it are left in build/web."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from browser import SIZES, Browser      # noqa: E402
from console import PASSWORD, TOP, Console  # noqa: E402


class Page(unittest.TestCase):
    def fits(self, browser, size):
        """Nothing lies beside the screen, and what is to be touched is large enough for a finger."""
        self.assertLessEqual(browser.eval("document.documentElement.scrollWidth"), SIZES[size][0])
        small = browser.eval("[...document.querySelectorAll('#type button, #login button, nav button')]"
                             ".filter(b => b.offsetParent && b.getBoundingClientRect().height < 36).length")
        self.assertEqual(small, 0)

    def pictures(self, browser, name):
        for size in SIZES:
            browser.resize(size)
            self.fits(browser, size)
            browser.screenshot(os.path.join(TOP, f"build/web/{size}-{name}.png"))

    def watched(self, browser):
        """What everybody sees: it moves by itself."""
        browser.until("document.querySelector('#log').textContent.includes('part-59.img')")
        first = browser.until("document.querySelector('progress') && document.querySelector('progress').value")
        browser.until(f"document.querySelector('progress').value != {first}")
        browser.until("document.querySelector('#panel').textContent.includes('<b>odd</b>')")
        shown = browser.text("body")
        for text in "node7", "52:54:00:12:34:56", "SN-0042", "boot.ipxe", "booting", "(not shown)", "read the password":
            self.assertIn(text, shown)
        # what a server has sent is text
        self.assertIn("<script>document.title", browser.eval("document.querySelector('#log').textContent"))
        self.assertNotIn("broken in", browser.eval("document.title"))
        self.assertNotIn(PASSWORD, browser.eval("document.documentElement.outerHTML"))
        self.pictures(browser, "boot")

    def log_in(self, browser):
        """As soon as the guard looks at passwords again."""
        said = "wait a moment"
        while "wait a moment" in said:
            browser.eval("(document.querySelector('#said').textContent = '', true)")
            browser.type("#password", PASSWORD + "\n")
            said = browser.until("document.querySelector('#said').textContent || "
                                 "(!document.querySelector('#type').hidden && 'in')")
        browser.until("!document.querySelector('#type').hidden")

    def steered(self, browser):
        """Who has the password types; all that happens is seen."""
        browser.type("#password", "not this one\n")
        browser.until("document.querySelector('#said').textContent.includes('not the password')")
        # an answer that is under way when the password is taken knows nothing of it, and ends nothing
        browser.eval("(window.asked = fetch, window.fetch = async (path, options) => {"
                     " const answer = await asked(path, options);"
                     " while (path.startsWith('/api/boot') && !options.headers.Authorization &&"
                     "        !sessionStorage.getItem('token'))"
                     "     await new Promise(go => setTimeout(go, 20));"
                     " return answer; }, true)")
        self.log_in(browser)
        browser.eval("(window.fetch = asked, true)")
        browser.click("#keys button:last-child")
        browser.until("document.querySelector('#badge').textContent == 'at the prompt'")
        browser.type("#line", "echo what was <typed>\n")
        browser.until("document.querySelector('#log').textContent.includes('\\nwhat was <typed>\\n')")
        self.pictures(browser, "prompt")
        browser.type("#line", "menu\n")
        browser.until("document.querySelector('#below mark') && "
                      "document.querySelector('#below mark').textContent.startsWith('Install')")
        browser.click("#keys button[title=Down]")
        browser.until("document.querySelector('#below mark').textContent.startsWith('Rescue')")
        self.pictures(browser, "menu")
        browser.click("#keys button[title=Enter]")
        browser.until("document.querySelector('#log').textContent.includes('item 1 is chosen')")
        browser.eval("document.querySelectorAll('nav button')[1].click()")
        browser.until("document.querySelector('#panel').textContent.includes('ESTABLISHED')")
        self.pictures(browser, "network")
        browser.click("#logout")
        browser.until("document.querySelector('#type').hidden && !document.querySelector('#login').hidden")

    def test_page(self):
        with Console(f"web.password={PASSWORD}") as console, Browser() as browser:
            browser.go(console.url)
            self.watched(browser)
            self.steered(browser)
            complaints = [text for text in browser.complaints() if "401" not in text and "429" not in text]
            self.assertEqual(complaints, [])
            console.stop()
            browser.until("document.querySelector('#badge').textContent == 'no answer'")
            console.start()
            browser.until("document.querySelector('#badge').textContent == 'booting'")
            self.assertIn("started again", browser.eval("document.querySelector('#log').textContent"))
            with Console() as other:
                browser.go(other.url)
                browser.until("!document.querySelector('#locked').hidden")
                self.assertIn("only shows", browser.text("#locked"))
                self.assertFalse(browser.eval("document.querySelector('#login').offsetParent !== null"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
