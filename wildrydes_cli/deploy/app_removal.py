"""The Amplify app that hosts the page, as what is removed."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from wildrydes_cli.deploy.app import App
from wildrydes_cli.deploy.sign_in import LOCAL_URLS
from wildrydes_cli.errors import RefusedError

_THIS_MACHINE = {urlsplit(url).hostname for url in LOCAL_URLS}


class AppRemoval:
    """Removes `app`, if we made it.

    Accounts of a class may forbid Amplify, and `page deploy --no-hosting` works without it. If we may not look at the
    app, it stays, and everything else is removed all the same.
    """

    needs = ()

    def __init__(self, app: App) -> None:
        self._app = app
        self._refused = ""
        """Why we can't tell whether there is such an app, if so."""

    @property
    def name(self) -> str:
        """The app's name."""
        return self._app.name

    @property
    def exists(self) -> bool:
        """Whether there is such an app, or may be."""
        return bool(self._app.found or self._refused)

    @property
    def kept(self) -> str:
        """Why the app stays, if it does."""
        if self._refused:
            return self._refused
        return "" if self._app.is_ours else "it was made by hand"

    def find(self) -> None:
        """Ask Amplify for the app, if we may."""
        try:
            self._app.find()
        except RefusedError as error:
            self._refused = error.message

    def other_pages(self, urls: Iterable[str]) -> list[str]:
        """Return those of `urls` that belong to another page.

        If we may not look at Amplify, every URL that is not of this machine counts as another page's.
        """
        if self._refused:
            return sorted(url for url in urls if urlsplit(url).hostname not in _THIS_MACHINE)
        return sorted(self._app.other_urls.intersection(urls))

    def remove(self) -> bool:
        """Remove the app, with its branch and what is deployed there."""
        return self._app.remove()
