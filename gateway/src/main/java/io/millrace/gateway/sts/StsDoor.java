package io.millrace.gateway.sts;

import io.millrace.access.Access;
import io.millrace.access.AssumeOutcome;
import io.millrace.access.AssumeRoleRequest;
import io.millrace.access.Caller;
import io.millrace.access.RequestContext;
import io.millrace.access.TemporaryCredentials;
import io.millrace.gateway.SideDoor;
import io.millrace.gateway.sts.StsRequest.Flavour;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.Exchange;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * The security token service: AssumeRole and GetCallerIdentity for the clients of both vendors, at
 * the root path of the object door. Thread-safe.
 *
 * <p>Sources: the Alibaba Cloud STS API reference (2015-04-01) and the AWS STS API reference
 * (2011-06-15).
 */
public final class StsDoor implements SideDoor {
    private static final String AWS_XMLNS = " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"";

    private final Access access;
    private final StsProof proof;

    public StsDoor(Access access, Clocks clocks) {
        this.access = access;
        this.proof = new StsProof(access, clocks);
    }

    /** POST to the root path, or GET of it with an Action: nothing that the object API knows. */
    @Override
    public boolean takes(Exchange exchange) {
        if (!exchange.rawPath().equals("/")) {
            return false;
        }
        return switch (exchange.method()) {
            case "POST" ->
                    exchange.header("x-acs-action") != null
                            || hasAction(exchange.rawQuery())
                            || isForm(exchange.header("Content-Type"));
            case "GET" -> exchange.header("x-acs-action") != null || hasAction(exchange.rawQuery());
            default -> false;
        };
    }

    private static boolean hasAction(String query) {
        return query.startsWith("Action=") || query.contains("&Action=");
    }

    private static boolean isForm(@Nullable String type) {
        return type != null
                && type.regionMatches(true, 0, "application/x-www-form-urlencoded", 0, 33);
    }

    @Override
    public void handle(Exchange exchange) throws IOException {
        boolean json = exchange.header("x-acs-action") != null;
        try {
            StsRequest request = StsRequest.read(exchange);
            json = request.json();
            Caller caller = proof.prove(exchange, request);
            StsAnswer answer =
                    switch (request.action()) {
                        case "AssumeRole" -> assumeRole(exchange, request, caller);
                        case "GetCallerIdentity" -> identity(exchange, request, caller);
                        default ->
                                throw new StsException(
                                        request.flavour(),
                                        400,
                                        request.flavour() == Flavour.AWS
                                                ? "InvalidAction"
                                                : "InvalidAction.NotFound",
                                        "Known actions: AssumeRole, GetCallerIdentity.");
                    };
            send(exchange, request, answer);
        } catch (StsException e) {
            fail(exchange, e, json);
        }
    }

    private StsAnswer assumeRole(Exchange exchange, StsRequest request, Caller caller) {
        AssumeRoleRequest wanted =
                new AssumeRoleRequest(
                        request.text("RoleArn"),
                        request.text("RoleSessionName"),
                        request.get("Policy"),
                        duration(request),
                        request.get("ExternalId"),
                        RequestContext.of(
                                exchange.requestId(), exchange.remoteAddress(), exchange.secure()));
        return switch (access.assumeRole(caller, wanted)) {
            case AssumeOutcome.Assumed assumed -> answer(exchange, request, assumed);
            case AssumeOutcome.Invalid(String parameter, String message) ->
                    throw new StsException(
                            request.flavour(),
                            400,
                            request.flavour() == Flavour.AWS
                                    ? "ValidationError"
                                    : "InvalidParameter." + parameter,
                            message);
            case AssumeOutcome.MalformedPolicy(String message) ->
                    throw new StsException(
                            request.flavour(),
                            400,
                            request.flavour() == Flavour.AWS
                                    ? "MalformedPolicyDocument"
                                    : "InvalidParameter.PolicyGrammar",
                            message);
            case AssumeOutcome.Denied(String message) ->
                    throw new StsException(
                            request.flavour(),
                            403,
                            request.flavour() == Flavour.AWS ? "AccessDenied" : "NoPermission",
                            message);
        };
    }

    private static @Nullable Duration duration(StsRequest request) {
        String text = request.get("DurationSeconds");
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Duration.ofSeconds(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new StsException(
                    request.flavour(),
                    400,
                    request.flavour() == Flavour.AWS
                            ? "ValidationError"
                            : "InvalidParameter.DurationSeconds",
                    "DurationSeconds is a whole number of seconds.");
        }
    }

    private static StsAnswer answer(
            Exchange exchange, StsRequest request, AssumeOutcome.Assumed assumed) {
        TemporaryCredentials made = assumed.credentials();
        boolean aws = request.flavour() == Flavour.AWS;
        StsAnswer credentials =
                new StsAnswer()
                        .with("AccessKeyId", made.accessKeyId())
                        .with(aws ? "SecretAccessKey" : "AccessKeySecret", made.accessKeySecret())
                        .with(aws ? "SessionToken" : "SecurityToken", made.securityToken())
                        .with(
                                "Expiration",
                                DateTimeFormatter.ISO_INSTANT.format(made.expiration()));
        StsAnswer user =
                new StsAnswer()
                        .with("AssumedRoleId", assumed.assumedRoleId())
                        .with("Arn", aws ? awsArn(assumed.arn()) : assumed.arn());
        StsAnswer body =
                new StsAnswer().with("AssumedRoleUser", user).with("Credentials", credentials);
        return aws ? body : body.with("RequestId", exchange.requestId());
    }

    private StsAnswer identity(Exchange exchange, StsRequest request, Caller caller) {
        if (request.flavour() == Flavour.AWS) {
            return new StsAnswer()
                    .with("Arn", awsArn(caller.arn()))
                    .with("UserId", caller.id())
                    .with("Account", access.account());
        }
        String type =
                switch (caller) {
                    case Caller.Root root -> "Account";
                    case Caller.User user -> "RAMUser";
                    case Caller.RoleSession session -> "AssumedRoleUser";
                    case Caller.DeviceSession device -> "Device";
                    case Caller.IssuedSession issued -> "Issued";
                    case Caller.Service service -> "Service";
                    case Caller.Anonymous nobody -> "Anonymous";
                };
        StsAnswer answer =
                new StsAnswer()
                        .with("IdentityType", type)
                        .with("AccountId", access.account())
                        .with("PrincipalId", caller.id())
                        .with("Arn", caller.arn());
        if (caller instanceof Caller.User) {
            answer.with("UserId", caller.id());
        }
        if (caller instanceof Caller.RoleSession session) {
            answer.with("RoleId", session.id().substring(0, session.id().indexOf(':')));
        }
        return answer.with("RequestId", exchange.requestId());
    }

    /** {@code acs:ram::account:assumed-role/…} as {@code arn:aws:sts::account:assumed-role/…}. */
    private static String awsArn(String arn) {
        String rest = arn.substring("acs:ram::".length());
        String service = rest.contains(":assumed-role/") ? "sts" : "iam";
        return "arn:aws:" + service + "::" + rest;
    }

    private static void send(Exchange exchange, StsRequest request, StsAnswer answer) {
        String name = request.action();
        if (request.flavour() == Flavour.AWS) {
            StsAnswer whole =
                    new StsAnswer()
                            .with(name + "Result", answer)
                            .with(
                                    "ResponseMetadata",
                                    new StsAnswer().with("RequestId", exchange.requestId()));
            exchange.setHeader("x-amzn-RequestId", exchange.requestId());
            write(exchange, 200, "text/xml", whole.xml(name + "Response" + AWS_XMLNS));
        } else if (request.json()) {
            exchange.setHeader("x-acs-request-id", exchange.requestId());
            write(exchange, 200, "application/json;charset=utf-8", answer.json());
        } else {
            exchange.setHeader("x-acs-request-id", exchange.requestId());
            write(exchange, 200, "text/xml;charset=utf-8", answer.xml(name + "Response"));
        }
    }

    private static void fail(Exchange exchange, StsException e, boolean json) {
        if (e.flavour() == Flavour.AWS) {
            StsAnswer whole =
                    new StsAnswer()
                            .with(
                                    "Error",
                                    new StsAnswer()
                                            .with("Type", "Sender")
                                            .with("Code", e.code())
                                            .with("Message", e.text()))
                            .with("RequestId", exchange.requestId());
            exchange.setHeader("x-amzn-RequestId", exchange.requestId());
            write(exchange, e.status(), "text/xml", whole.xml("ErrorResponse" + AWS_XMLNS));
            return;
        }
        String host = exchange.header("Host");
        StsAnswer error =
                new StsAnswer()
                        .with("RequestId", exchange.requestId())
                        .with("HostId", host == null ? "millrace" : host)
                        .with("Code", e.code())
                        .with("Message", e.text());
        exchange.setHeader("x-acs-request-id", exchange.requestId());
        if (json) {
            write(exchange, e.status(), "application/json;charset=utf-8", error.json());
        } else {
            write(exchange, e.status(), "text/xml;charset=utf-8", error.xml("Error"));
        }
    }

    private static void write(Exchange exchange, int status, String type, String body) {
        exchange.status(status);
        exchange.setHeader("Content-Type", type);
        exchange.setHeader("Cache-Control", "no-store");
        exchange.send(body);
    }
}
