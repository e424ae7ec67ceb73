"""The composition root: builds every part from the settings, once, and closes it again in order.

Start reading here. Files are read before anything is opened, so that a wrong setting is one plain
sentence; what needs the event loop is opened in the lifespan. No node is asked anything at start:
the gateway starts and serves with any or all of them down.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import structlog
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from federation.access import AccessDesk, AuditLog, Membership, Parts
from federation.access.takers import Takers
from federation.audit import AuditTrail, Sealer
from federation.audit.operations import rules_published
from federation.audit.recall import recall
from federation.audit.shipping import Shipper
from federation.audit.trail import ChainStore
from federation.audit.watch import Watch
from federation.authority import RulesState
from federation.errors import ErrorCode, StoreAwayError, WatlingError
from federation.flow import Incident
from federation.identify import KnownNumbers, PdsTracer, Tracer
from federation.joining.life import Joining
from federation.launches import Launches
from federation.model import Clock, Requester, RequestId
from federation.pipeline import Pipeline
from federation.registry import Registry
from federation.sharing import RulesNow
from federation.storage import PersonKeys, Seal, Storage, open_storage
from gateway.access import AccessLog
from gateway.beside import Afterwards, Beside
from gateway.checkpoints import open_checkpoints
from gateway.endpoint import Endpoint
from gateway.errors import HttpRefusedError, on_http_error, on_refused
from gateway.files import read_files
from gateway.followed_keys import JWKS_PATH
from gateway.graphiql import page_of
from gateway.health import Readiness, livez
from gateway.identity import (
    Acquaintance,
    Clients,
    Proofs,
    Refreshed,
    TokenFault,
    Verifier,
    follow,
)
from gateway.joining import JoiningFollower, NodesOpening
from gateway.known import Known
from gateway.launch import LaunchEndpoint, LaunchReader, LaunchRecord
from gateway.limits.in_flight import InFlight
from gateway.named_people import record_unread
from gateway.operators import load_feed, record_rules
from gateway.reports import (
    report_beside,
    report_checkpoint,
    report_deed,
    report_defect,
    report_incident,
    report_rules_beside,
    report_token,
    report_unexpected,
)
from gateway.second_looks import looking_again
from gateway.settings import Settings
from gateway.sharing import Expiry, Follower, LastKnown, Signers
from gateway.shipping import open_shipping
from gateway.sign_ins import SignInFailures
from gateway.watching import Watching
from resolvers.context import Context, random_view_id
from resolvers.limits import Limits
from resolvers.schema import build_schema

log = structlog.get_logger()

_AUDIT_RECOVERY_SECONDS = 10.0
_STORE_PAUSE_SECONDS = 1.0


def utc_now() -> datetime:
    """The real clock; everything below is handed it."""
    return datetime.now(UTC)  # noqa: TID251 - the composition root reads the clock


def steady_seconds() -> float:
    """The event loop's clock, in seconds: by it a lost store grows old, whatever the clock says."""
    return asyncio.get_running_loop().time()


class Gateway:
    """The parts that live as long as the application. `pipeline` is there once it is open.

    `steady` counts seconds and is never set back: for how long stores have been silent.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = utc_now,
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self.settings = settings
        self.files = read_files(settings, clock)
        self.registry = Registry(self.files.network)
        self.in_flight = InFlight(settings.limits.max_concurrent_operations)
        self.watching = Watching(
            settings,
            lambda: self.registry.now().nodes,
            self.in_flight,
            clock,
            self.files.transports.certificate_expires,
            lambda: self._joining.now() if self._joining else Joining(),
            lambda: self.registry.now().agreements,
        )
        self._clock = clock
        self._steady = steady
        self._chain: ChainStore | None = None
        self._pipeline: Pipeline | None = None
        self._desk: AccessDesk | None = None
        self._follower: Follower | None = None
        self._joining: JoiningFollower | None = None
        self._deciding = Beside(report_rules_beside)
        self._audit_failed_at: float | None = None
        self._sign_ins = SignInFailures(random_view_id, clock)
        self.launching = LaunchEndpoint(
            LaunchReader(self.files.launch_hosts, clock),
            clock,
            LaunchRecord(random_view_id, clock, self._sign_ins.note),
        )

    @asynccontextmanager
    async def opened(self, _app: object = None) -> AsyncIterator[None]:
        """Open everything; on the way out let operations finish, then the trail, then storage."""
        loop_time = asyncio.get_running_loop().time
        async with AsyncExitStack() as stack:
            storage = await self._open_storage()
            stack.push_async_callback(storage.close)
            shipper = await open_shipping(self.settings, storage.audit, stack)
            self._chain = shipper or storage.audit
            trail = await self._open_trail(self._chain, loop_time)
            stack.push_async_callback(trail.aclose)
            await self._sign_checkpoints(stack, trail, storage, shipper)
            self._sign_ins.start(trail)
            stack.push_async_callback(self._sign_ins.aclose)
            for feed in self.files.feeds:
                await load_feed(feed, storage.sharing, trail, self._clock())
            stack.push_async_callback(self.files.transports.aclose)
            for issuer in self.files.issuers:
                stack.push_async_callback(issuer.keys.aclose)
            nodes = NodesOpening(self.settings, self.files, self.watching, self._clock)
            clients, shadow, self._joining = await nodes.open(
                stack, self.registry, storage.joining, trail, loop_time
            )
            numbers = KnownNumbers(storage.numbers, self._clock)
            await numbers.load(self.files.superseded)
            persons = PersonKeys(*self.files.sharing_keys)
            known = await self._open_known(stack, storage, persons)
            launches = Launches(storage.launches, self.files.sharing_keys)
            self.launching.launches, self.launching.record.trail = launches, trail
            follower = await self._follow_rules(stack, storage, trail)
            watch = await self._watch(storage)
            beside = Beside(report_beside)
            stack.push_async_callback(beside.aclose)
            pipeline = Pipeline(
                registry=self.registry,
                tracer=self._tracer(),
                numbers=numbers,
                clients=clients.lease,
                rules=follower.now,
                about=known.about,
                remember=known.remember,
                launches=launches,
                trail=trail,
                watch=watch,
                cursor_key=self.files.cursor_key,
                loop_time=loop_time,
                report_incident=self._report_incident,
                report_defect=report_defect,
                service_desk=self.settings.service_desk,
                beside=beside.begin,
                shadow_clients=shadow.lease,
                shadow_rules=follower.shadow,
                left_out=self._deciding.left_out,
            )
            self._pipeline, second_looks = looking_again(
                pipeline,
                storage.second_looks,
                Seal("second look", *self.files.sharing_keys),
                self._clock,
            )
            await second_looks.start()
            await stack.enter_async_context(self.watching.probing(clients.uncounted, loop_time))
            stack.push_async_callback(second_looks.aclose)
            self._desk = self._open_desk(storage, numbers, follower, persons, trail, watch)
            stack.push_async_callback(self._drain)
            await stack.enter_async_context(self._following())
            log.info("gateway open", nodes=len(self.registry.now().nodes))
            yield
        log.info("gateway closed")

    async def _open_known(
        self, stack: AsyncExitStack, storage: Storage, persons: PersonKeys
    ) -> Known:
        """What is kept of people, and as it was last known while its store is silent."""
        last = LastKnown(storage.sharing, self._steady)
        await last.start()
        stack.push_async_callback(last.aclose)
        return Known(storage.sharing, persons, last)

    def _open_desk(
        self,
        storage: Storage,
        numbers: KnownNumbers,
        follower: Follower,
        persons: PersonKeys,
        trail: AuditTrail,
        watch: Watch,
    ) -> AccessDesk:
        return AccessDesk(
            parts=Parts(
                registry=self.registry,
                numbers=numbers,
                rules=follower.now,
                store=storage.sharing,
                persons=persons,
                trail=trail,
                new_id=random_view_id,
            ),
            log=AuditLog(
                store=storage.audit,
                keeping=storage.keeping,
                sealer=Sealer(self.files.audit_keys),
                organisation=lambda code, day: (
                    self.files.organisations.now().at(code, day).organisation
                ),
                cursor_key=self.files.cursor_key,
            ),
            membership=Membership(
                steps=self._nodes_followed().steps,
                takers=Takers(*self.files.sharing_keys),
                operator=self.settings.operator_organisation,
            ),
            watch=watch,
            report=report_deed,
        )

    async def _open_storage(self) -> Storage:
        """The stores; a database that does not answer is waited for as long as the settings say."""
        loop_time = asyncio.get_running_loop().time
        until, told = loop_time() + self.settings.storage_wait_seconds, False
        while True:
            try:
                return await open_storage(
                    self.settings.storage_url.reveal(), sharing_keys=self.files.sharing_keys
                )
            except StoreAwayError as away:
                if loop_time() >= until:
                    raise
                if not told:
                    log.warning("the store is waited for", reason=str(away))
                told = True
            await asyncio.sleep(_STORE_PAUSE_SECONDS)

    def _report_incident(self, incident: Incident) -> None:
        self.watching.heard(incident)
        report_incident(incident)

    def _nodes_followed(self) -> JoiningFollower:
        assert self._joining is not None  # noqa: S101 - nodes are followed before all else
        return self._joining

    async def _follow_rules(
        self, stack: AsyncExitStack, storage: Storage, trail: AuditTrail
    ) -> Follower:
        """Decide by what was published, and by what is published from now on."""
        joining = self._nodes_followed()
        follower = self._follower = Follower(
            storage.bundles,
            Signers(self.files.signers, joining.now).of,
            self._clock,
            self._steady,
            self._agree,
            joining.hear,
        )
        await follower.start(
            self.settings.sharing_folder,
            lambda row: record_rules(rules_published, row, trail, row.published_at),
        )
        stack.push_async_callback(follower.aclose)
        stack.push_async_callback(self._deciding.aclose)
        expiry = Expiry(lambda: follower.now().agreements, self._clock)
        await expiry.start()
        stack.push_async_callback(expiry.aclose)
        return follower

    def _agree(self, now: RulesNow) -> None:
        """Serve under the agreements that were published."""
        network = self.registry.now()
        self.registry.take_over(replace(network, agreements=now.agreements, version=now.version))

    async def _open_trail(self, chain: ChainStore, loop_time: Callable[[], float]) -> AuditTrail:
        def report_failure(error: BaseException) -> None:
            self._audit_failed_at = loop_time()
            log.error("audit events could not be written", error=error)

        return await AuditTrail.open(
            chain,
            self.settings.audit_writer,
            self.files.audit_keys,
            self._clock,
            report_failure=report_failure,
        )

    async def _watch(self, storage: Storage) -> Watch:
        """What counts looks and refusals, with those of the hour before."""
        sealer = Sealer(self.files.audit_keys)
        watch = Watch(sealer, self.settings.reviews.limits())
        try:
            await recall(watch, storage.audit, sealer, self._clock())
        except WatlingError as error:
            log.warning("looks of the hour before are not counted", error=error)
        return watch

    async def _sign_checkpoints(
        self,
        stack: AsyncExitStack,
        trail: AuditTrail,
        storage: Storage,
        shipper: Shipper | None,
    ) -> None:
        checkpoints = await open_checkpoints(
            self.settings,
            self.files.checkpoint_key,
            trail,
            storage.keeping,
            self._clock,
            report_checkpoint,
            shipper,
        )
        if checkpoints is None:
            log.warning("audit checkpoints are not signed")
            return
        stack.push_async_callback(checkpoints.aclose)
        checkpoints.start(self.settings.audit_checkpoint_seconds)

    def _tracer(self) -> Tracer | None:
        url = self.settings.tracing_url
        return PdsTracer(url, self.files.transports.to(url)) if url else None

    @asynccontextmanager
    async def _following(self) -> AsyncIterator[None]:
        """Take over changes of organisations, roles and certificates while the gateway is open."""
        tables = (table for issuer in self.files.issuers for table in issuer.tables)
        files: tuple[Refreshed, ...] = (self.files.organisations, *tables, self.files.transports)
        task = asyncio.create_task(follow(files), name="follow files")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _drain(self) -> None:
        both = (self.in_flight, self.launching.in_flight)
        for one in both:
            one.stop_admitting()
        seconds = self.settings.shutdown_seconds
        if not all(await asyncio.gather(*(one.drained(seconds) for one in both))):
            log.warning("operations were cut off at shutdown")

    def context(self, requester: Requester, request_id: RequestId) -> Context:
        """What one request carries with it."""
        assert self._pipeline is not None  # noqa: S101 - requests come while the lifespan is open
        afterwards = Afterwards(self._deciding)
        return Context(
            requester=requester,
            request_id=request_id,
            ask=partial(self._pipeline.ask, later=afterwards.add),
            answered=afterwards.begin,
            nodes=lambda: self.registry.now().nodes,
            clock=self._clock,
            loop_time=self._pipeline.loop_time,
            id_key=self.files.id_key,
            watch=self.watching.node_now,
            left=lambda: self.registry.now().left,
            desk=self._desk,
        )

    async def note_unread(self, context: Context, body: bytes, code: ErrorCode) -> None:
        """Put on the record whom a request names that never came to be a question."""
        assert self._pipeline is not None  # noqa: S101 - requests come while the lifespan is open
        await record_unread(self._pipeline.trail, context, body, code)

    def _token_refused(self, fault: TokenFault) -> None:
        report_token(fault)
        self._sign_ins.note(fault)

    def verifier(self) -> Verifier:
        """What says who is calling; it remembers tokens, so one serves all requests."""
        return Verifier(
            self.files.issuers,
            self._clock,
            acquaintance=Acquaintance(self.files.organisations.now, Clients(self.settings.clients)),
            proofs=Proofs(self.settings.public_url),
            refused=self._token_refused,
        )

    def readiness(self) -> Readiness:
        """What must hold for this gateway to be given work."""
        return Readiness(
            {
                "audit": self._audit_is_writable,
                "rules": self._has_rules,
                "network": self._has_network,
                "admitting": self._admits,
            }
        )

    async def _audit_is_writable(self) -> bool:
        if self._chain is None or self._pipeline is None:
            return False
        failed = self._audit_failed_at
        if failed and self._pipeline.loop_time() - failed < _AUDIT_RECOVERY_SECONDS:
            return False
        await self._chain.last(self.settings.audit_writer)
        await self._pipeline.trail.record(())
        return True

    async def _has_rules(self) -> bool:
        # Without rules nothing could be shown: somebody else's work, until the store is back.
        return self._follower is not None and (self._follower.now().state is not RulesState.NONE)

    async def _has_network(self) -> bool:
        return bool(self.registry.now().nodes)

    async def _admits(self) -> bool:
        return not self.in_flight.draining


def build_app(
    settings: Settings, *, clock: Clock = utc_now, steady: Callable[[], float] = steady_seconds
) -> Starlette:
    """The gateway as an ASGI application; raises `SettingsError` where a file is wrong."""
    gateway = Gateway(settings, clock, steady)
    limits = settings.limits
    schema = build_schema(
        limits=Limits(
            max_depth=limits.max_depth,
            max_aliases=limits.max_aliases,
            max_tokens=limits.max_tokens,
        ),
        report=report_unexpected,
    )
    endpoint = Endpoint(
        schema,
        verify=gateway.verifier().requester_of,
        make_context=gateway.context,
        note_unread=gateway.note_unread,
        in_flight=gateway.in_flight,
        max_body_bytes=limits.max_body_bytes,
        page=page_of(settings.graphiql_examples_file) if settings.graphiql else None,
    )
    app = Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", gateway.readiness().readyz),
            Route(JWKS_PATH, gateway.files.requester_keys.jwks),
            Route("/graphql", endpoint),
            *gateway.watching.routes(),
            *((Route("/launch", gateway.launching),) if settings.launch_hosts else ()),
            WebSocketRoute("/graphql", endpoint),
        ],
        middleware=[Middleware(AccessLog, ended=gateway.watching.requests.ended)],
        exception_handlers={HTTPException: on_http_error, HttpRefusedError: on_refused},
        lifespan=gateway.opened,
    )
    # A redirect would go where the caller's Host header says, with the token and the question.
    app.router.redirect_slashes = False
    app.state.gateway = gateway
    return app
