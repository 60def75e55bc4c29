package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.AccessException;
import io.millrace.access.Audit;
import io.millrace.access.Caller;
import io.millrace.access.Decision;
import io.millrace.access.RequestContext;
import io.millrace.access.Resolution;
import io.millrace.access.Scope;
import io.millrace.access.Sessions.ConsoleSession;
import io.millrace.access.TemporaryCredentials;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.Claim;
import io.millrace.signing.Credential;
import io.millrace.signing.Credentials;
import io.millrace.signing.SignedRequest;
import io.millrace.signing.VerifyOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, and whether they may. People come with a session cookie and, for every change, the
 * session's CSRF token; programs and the edge come with a SigV4 signature. Being on loopback proves
 * nothing.
 */
final class Gate {
    /** The header that repeats the session's CSRF token. */
    static final String CSRF_HEADER = "Millrace-Csrf";

    /** What a signature's scope must name: one for objects is no key to the server. */
    private static final String SERVICE = "millrace";

    private static final String SIGN_SO =
            "Sign with AWS Signature Version 4 in the Authorization header, for the service"
                    + " millrace, with the SHA-256 of the body.";

    private static final Set<String> READING = Set.of("GET", "HEAD");

    private final Access access;
    private final Clocks clocks;

    Gate(Access access, Clocks clocks) {
        this.access = access;
        this.clocks = clocks;
    }

    /** The request with its caller, or a 401 or 403. */
    Call admit(Exchange exchange, Router.Match match) throws IOException {
        Call call = known(exchange, match);
        if (!(call.caller() instanceof Caller.Anonymous) && !exchange.proven()) {
            throw new ApiError(
                    503, "Busy", "The server has too much to do.", "Try again in a second.");
        }
        return call;
    }

    private Call known(Exchange exchange, Router.Match match) throws IOException {
        return switch (match.route().who()) {
            case ANYONE ->
                    new Call(exchange, match.variables(), new Caller.Anonymous(), null, null);
            case SIGNED_IN ->
                    exchange.header("Authorization") == null
                            ? bySession(exchange, match.variables())
                            : bySignature(exchange, match.variables());
            case SERVICE -> bySignature(exchange, match.variables());
        };
    }

    private Call bySession(Exchange exchange, Map<String, String> variables) {
        ConsoleSession session = session(exchange);
        if (session == null) {
            throw new ApiError(
                    401, "SignedOut", "You are not signed in.", "Sign in and try again.");
        }
        if (!READING.contains(exchange.method())) {
            String given = exchange.header(CSRF_HEADER);
            if (given == null || !access.sessions().csrfMatches(session, given)) {
                throw new ApiError(
                        403,
                        "Csrf",
                        "The request did not come from this console's page.",
                        "Reload the page and try again.");
            }
        }
        return new Call(exchange, variables, session.caller(), session, null);
    }

    /** The session of the request's cookie; null when there is none. */
    @Nullable ConsoleSession session(Exchange exchange) {
        String cookie = cookie(exchange);
        return cookie == null ? null : access.sessions().find(cookie).orElse(null);
    }

    /**
     * The cookie's name holds the port: browsers keep one jar for all ports of a host, and two
     * servers on one machine must not sign each other's people out.
     */
    static String cookieName(Exchange exchange) {
        return "millrace_" + exchange.localPort();
    }

    static @Nullable String cookie(Exchange exchange) {
        String wanted = cookieName(exchange) + "=";
        for (String header : exchange.headers("Cookie")) {
            for (String part : header.split(";")) {
                String cookie = part.strip();
                if (cookie.startsWith(wanted)) {
                    return cookie.substring(wanted.length());
                }
            }
        }
        return null;
    }

    /** Signed over the body itself, for this service alone; what changes something, once. */
    private Call bySignature(Exchange exchange, Map<String, String> variables) throws IOException {
        byte[] body = Call.readBody(exchange);
        SignedRequest request =
                new SignedRequest(
                        exchange.method(),
                        exchange.rawPath(),
                        Call.query(exchange),
                        exchange.headers(),
                        null);
        return switch (Credentials.parseSigV4(request, body)) {
            case Credential.Anonymous a ->
                    throw refused("The request is not signed.", "Sign it with an access key.");
            case Credential.Malformed m -> throw refused(m.message(), SIGN_SO);
            case Claim claim -> {
                if (!claim.service().equals(SERVICE)) {
                    throw refused("The signature is for another service.", SIGN_SO);
                }
                Caller caller = verified(claim);
                // What our own services say they say again and again; it changes nothing for good.
                if (!READING.contains(exchange.method()) && !(caller instanceof Caller.Service)) {
                    once(claim);
                }
                yield new Call(exchange, variables, caller, null, body);
            }
        };
    }

    private void once(Claim claim) {
        boolean first;
        try {
            first = access.firstUse(claim.accessKeyId(), claim.nonce());
        } catch (AccessException e) {
            throw new ApiError(
                    503,
                    "Unavailable",
                    "It could not be noted that this request came: nothing was changed.",
                    "Sign it again.");
        }
        if (!first) {
            throw refused(
                    "The request was made before.",
                    "Sign it again; for the same thing twice in a second, add a header"
                            + " x-amz-nonce with a random value.");
        }
    }

    private Caller verified(Claim claim) {
        Resolution.Resolved known =
                switch (access.resolve(claim.accessKeyId(), claim.securityToken())) {
                    case Resolution.Resolved resolved -> resolved;
                    case Resolution.UnknownKey u -> throw unknownKey();
                    case Resolution.DisabledKey d -> throw unknownKey();
                    case Resolution.TokenInvalid t -> throw unknownKey();
                    case Resolution.TokenExpired t -> throw unknownKey();
                    case Resolution.TokenMismatch t -> throw unknownKey();
                };
        return switch (claim.verify(known.secret(), clocks)) {
            case VerifyOutcome.Verified v -> known.caller();
            case VerifyOutcome.Mismatch m ->
                    throw refused("The signature does not match.", "Check the secret.");
            case VerifyOutcome.Expired e ->
                    throw refused("The signature has expired.", "Sign the request again.");
            case VerifyOutcome.Skewed s ->
                    throw refused(
                            "The request's time is too far from the server's, " + s.now() + ".",
                            "Set the clock.");
            case VerifyOutcome.Refused r -> throw refused(r.message(), SIGN_SO);
        };
    }

    private static ApiError unknownKey() {
        return refused(
                "The access key is unknown or no longer valid.", "Use a key of this server.");
    }

    private static ApiError refused(String message, String hint) {
        return new ApiError(401, "NotSigned", message, hint);
    }

    /**
     * Fails with a 403 that says why unless the caller may do that to that. What changes something
     * stands in the audit trail before it is done; access notes the denials itself.
     */
    void require(Call call, String action, String resource) {
        require(
                call,
                action,
                resource,
                call.context(),
                denied ->
                        new ApiError(
                                403,
                                "Forbidden",
                                "You may not do this: " + denied.message(),
                                "An administrator can attach a policy that allows "
                                        + action
                                        + "."));
    }

    /**
     * The same in other circumstances than the request's own.
     *
     * @param refusal is given why not
     */
    void require(
            Call call,
            String action,
            String resource,
            RequestContext context,
            Function<Decision.Denied, ApiError> refusal) {
        Decision decision = access.decide(call.caller(), action, resource, context);
        if (decision instanceof Decision.Denied denied) {
            throw refusal.apply(denied);
        }
        boolean changes = !READING.contains(call.exchange().method());
        if (changes && !(call.caller() instanceof Caller.Service)) {
            access.audit().write(event(call, action, resource));
        }
    }

    private static Audit.Event event(Call call, String action, String resource) {
        Exchange exchange = call.exchange();
        return new Audit.Event(
                call.caller().arn(),
                action,
                resource,
                "allowed",
                exchange.method() + " " + exchange.rawPath(),
                exchange.requestId(),
                exchange.remoteAddress());
    }

    /** Credentials on the caller's behalf, or a 403 when it may hand nothing on. */
    TemporaryCredentials issue(Call call, Scope scope, Duration lasting) {
        return access.issue(call.caller(), scope, lasting)
                .orElseThrow(
                        () ->
                                new ApiError(
                                        403,
                                        "Forbidden",
                                        "What acts on somebody's behalf hands nothing on.",
                                        "Ask as a user, with root's key or with a role's session."));
    }

    boolean allowed(Call call, String action, String resource) {
        return access.decide(call.caller(), action, resource, call.context()).allowed();
    }
}
