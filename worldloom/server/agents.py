"""`/api/auth/agents`: a person sees which agents act for them, and stops one as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from worldloom.kernel.agents import actor_of
from worldloom.kernel.live import Sealed
from worldloom.kernel.people import People
from worldloom.kernel.realm import Realm
from worldloom.kernel.step import Step
from worldloom.kernel.tokens import Issued
from worldloom.server.auth import Who, check_self
from worldloom.server.house import House, own_name
from worldloom.server.oauth import OauthApi
from worldloom.server.replies import Json, whole_number
from worldloom.server.tokens import TokensApi


class AgentsApi:
    """The endpoints."""

    def __init__(self, house: House, oauth: OauthApi) -> None:
        self._house = house
        self._oauth = oauth
        self._tokens = TokensApi(house)

    async def listed(self, request: Request) -> Response:
        """List the agents of the caller, or as the realm's owner those of `?account=`, or all."""
        who = self._tokens.asker(request)
        if whole_number(request, "all", 0, 0, 1):
            self._house.check(who, "make_token")
            return Json({"agents": everyones(self._house.engine.realm.people)})
        account = self._whose(request, who, "a list of agents")
        known = self._house.engine.realm.people.tokens(account)
        return Json({"agents": agents_of(account, known)})

    async def stop(self, request: Request) -> Response:
        """End all that an agent comes in by, whatever it does just now."""
        who, name = self._tokens.asker(request), request.path_params["name"]
        account = self._whose(request, who, "stopping an agent")
        realm = self._house.engine.realm
        self._oauth.stop(account, name)
        sealed = realm.administer(
            lambda step: realm.people.end_agent(step, account, name), who.account
        )
        await self._house.engine.kept(sealed)
        return Json({})

    async def stop_all(self, request: Request) -> Response:
        """End all software of the caller, or as the realm's owner of `?account=`, or of all."""
        who, realm = self._tokens.asker(request), self._house.engine.realm
        if whole_number(request, "all", 0, 0, 1):
            self._house.check(who, "make_token")
            accounts = realm.people.with_software()
            self._oauth.stop_all()
        else:
            accounts = [self._whose(request, who, "stopping agents")]
            self._oauth.stop_all(accounts[0])
        await self._house.engine.kept(end_all(realm, accounts, who.account))
        return Json({})

    def _whose(self, request: Request, who: Who, doing: str) -> str:
        """Return whose agents are meant; raises NotAllowed."""
        account = request.query_params.get("account", who.account)
        if account == who.account:
            check_self(who, doing)
        else:
            self._house.check(who, "make_token")
        return account


def end_all(realm: Realm, accounts: Iterable[str], by: str) -> Sealed | None:
    """End all software of accounts, in one group."""

    def end(step: Step) -> None:
        for account in accounts:
            realm.people.end_agents(step, account)

    return realm.administer(end, by)


def everyones(people: People) -> list[dict[str, Any]]:
    """Return what is told of each agent of the realm, also of those with accounts of their own."""
    return [
        {"account": account, "person": own_name(people, account), **agent}
        for account in people.with_software()
        for agent in agents_of(account, people.tokens(account), every=True)
    ]


def agents_of(account: str, issued: Iterable[Issued], every: bool = False) -> list[dict[str, Any]]:
    """Return what is told of each agent of an account; with `every` also where it is the agent."""
    found: dict[str, list[Issued]] = {}
    for one in issued:
        if one.acts_as or every and one.agent:
            found.setdefault(one.acts_as, []).append(one)
    return [_together(account, name, tokens) for name, tokens in found.items()]


def _together(account: str, name: str, tokens: Sequence[Issued]) -> dict[str, Any]:
    """Return what all tokens of one agent allow together."""
    budgets = [one.budget for one in tokens if one.budget is not None]
    ends = [one.ends for one in tokens if one.ends]
    everywhere = any(not one.worlds for one in tokens)
    return {
        "name": name,
        "actor": actor_of(account, name),
        "label": next((one.label for one in reversed(tokens) if one.label), ""),
        "tokens": [one.id for one in tokens],
        "scopes": sorted({scope for one in tokens for scope in one.scopes}),
        "worlds": [] if everywhere else sorted({at for one in tokens for at in one.worlds}),
        "budget": sum(budgets) if len(budgets) == len(tokens) else None,
        "spent": sum(one.spent for one in tokens),
        "expires": max(ends) if len(ends) == len(tokens) else 0,
    }
