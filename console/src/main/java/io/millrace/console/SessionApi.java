package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Sessions.ConsoleSession;
import io.millrace.access.Sessions.SignIn;
import io.millrace.kit.http.Exchange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signing in by password or by a single-use link, signing out, and who one is. A link is spent by a
 * POST of the page that it opens, never by the GET: mail programs and chats fetch links ahead.
 */
final class SessionApi {
    private final ConsoleOptions options;
    private final Gate gate;
    private final Access access;
    private final InstantSource expiry;

    SessionApi(ConsoleOptions options, Gate gate, Access access, InstantSource expiry) {
        this.expiry = expiry;
        this.options = options;
        this.gate = gate;
        this.access = access;
    }

    void register(Router router) {
        router.add("POST", "/api/session", Router.Who.ANYONE, this::signIn)
                .add("POST", "/api/session/link", Router.Who.ANYONE, this::redeem)
                .add("DELETE", "/api/session", Router.Who.ANYONE, this::signOut)
                .get("/api/me", this::me);
    }

    private record Password(@Nullable String user, @Nullable String password) {}

    private record Link(@Nullable String link) {}

    private record Me(
            String name,
            String kind,
            String csrf,
            String version,
            DoorAddresses.Public doors,
            boolean demo) {}

    private void signIn(Call call) {
        Password given = call.body(Password.class);
        if (given.user() == null || given.password() == null) {
            throw ApiError.invalid("A name and a password are needed.", "Fill in both.");
        }
        String from = call.exchange().remoteAddress();
        answer(
                call,
                access.sessions().signIn(given.user(), given.password(), from),
                "The name or the password is wrong.",
                "Check both; after a few tries you have to wait.");
    }

    private void redeem(Call call) {
        Link given = call.body(Link.class);
        if (given.link() == null) {
            throw ApiError.invalid("The link is not whole.", "Copy all of it.");
        }
        String from = call.exchange().remoteAddress();
        answer(
                call,
                access.sessions().redeem(given.link(), from),
                "This link was used already, or it has expired.",
                "Sign in with your password, or make a new link on the server.");
    }

    private void answer(Call call, SignIn outcome, String refused, String hint) {
        switch (outcome) {
            case SignIn.SignedIn in -> {
                setCookie(call.exchange(), in.cookie(), in.expires());
                String next = options.demo().get().any() ? "/demo" : "/";
                call.json(Map.of("name", in.caller().name(), "csrf", in.csrf(), "next", next));
            }
            case SignIn.Refused r -> throw new ApiError(401, "Refused", refused, hint);
            case SignIn.TooMany(Duration after) -> {
                long seconds = Math.max(1, after.toSeconds());
                call.exchange().setHeader("Retry-After", Long.toString(seconds));
                throw new ApiError(
                        429,
                        "TooMany",
                        "Too many tries.",
                        "Wait " + seconds + " seconds, then try again.");
            }
        }
    }

    private void setCookie(Exchange exchange, String value, Instant expires) {
        long seconds = Math.max(0, Duration.between(expiry.instant(), expires).toSeconds());
        exchange.addHeader(
                "Set-Cookie",
                Gate.cookieName(exchange)
                        + "="
                        + value
                        + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                        + seconds
                        + (exchange.secure() ? "; Secure" : ""));
    }

    private void signOut(Call call) {
        Exchange exchange = call.exchange();
        String cookie = Gate.cookie(exchange);
        ConsoleSession session = gate.session(exchange);
        if (cookie != null && session != null) {
            String csrf = exchange.header(Gate.CSRF_HEADER);
            if (csrf == null || !access.sessions().csrfMatches(session, csrf)) {
                throw new ApiError(403, "Csrf", "The page is out of date.", "Reload it.");
            }
            access.sessions().signOut(cookie);
        }
        setCookie(exchange, "", Instant.EPOCH);
        call.done();
    }

    private void me(Call call) {
        ConsoleSession session = call.session();
        call.json(
                new Me(
                        call.caller().name(),
                        kind(call.caller()),
                        session == null ? "" : session.csrf(),
                        options.version(),
                        Console.doors(options, call.exchange()),
                        options.demo().get().any()));
    }

    private static String kind(Caller caller) {
        return switch (caller) {
            case Caller.Root r -> "root";
            case Caller.User u -> "user";
            case Caller.RoleSession r -> "role";
            case Caller.DeviceSession d -> "device";
            case Caller.IssuedSession i -> "issued";
            case Caller.Service s -> "service";
            case Caller.Anonymous a -> "anonymous";
        };
    }
}
