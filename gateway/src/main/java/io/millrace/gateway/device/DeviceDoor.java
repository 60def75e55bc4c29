package io.millrace.gateway.device;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.access.Access;
import io.millrace.access.Devices.EnrolOutcome;
import io.millrace.access.Devices.Refusal;
import io.millrace.access.Devices.TokenOutcome;
import io.millrace.access.TemporaryCredentials;
import io.millrace.gateway.SideDoor;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.Exchange;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a camera needs before it can append: an identity, once, and temporary credentials, hourly.
 *
 * <ul>
 *   <li>{@code POST /_device/enrol} with {@code {"code": "…"}} answers {@code deviceId,
 *       deviceSecret, bucket, prefix, region}.
 *   <li>{@code POST /_device/token} with the headers Millrace-Device, -Timestamp (seconds), -Nonce
 *       and -Signature (HMAC-SHA256 over {@code id\ntimestamp\nnonce}, hexadecimal) answers {@code
 *       accessKeyId, accessKeySecret, securityToken, expiration, bucket, prefix, region}.
 *   <li>{@code GET /_time} answers {@code now} (ISO 8601) and {@code epochSeconds}.
 * </ul>
 *
 * Errors are {@code {code, message, hint}} with 400, 403 or 429. Thread-safe.
 */
public final class DeviceDoor implements SideDoor {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_BODY_BYTES = 4096;

    private final Access access;
    private final String region;
    private final InstantSource clock;

    public DeviceDoor(Access access, String region, Clocks clocks) {
        this.access = access;
        this.region = region;
        this.clock = clocks.wall();
    }

    @Override
    public boolean takes(Exchange exchange) {
        String path = exchange.rawPath();
        return path.startsWith("/_device/") || path.equals("/_time");
    }

    @Override
    public void handle(Exchange exchange) throws IOException {
        switch (exchange.method() + " " + exchange.rawPath()) {
            case "POST /_device/enrol" -> enrol(exchange);
            case "POST /_device/token" -> token(exchange);
            case "GET /_time" -> time(exchange);
            default ->
                    refuse(
                            exchange,
                            404,
                            "NotFound",
                            "There is no such device operation.",
                            "POST /_device/enrol, POST /_device/token or GET /_time");
        }
    }

    private void time(Exchange exchange) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("now", clock.instant().toString());
        body.put("epochSeconds", clock.instant().getEpochSecond());
        answer(exchange, 200, body);
    }

    private void enrol(Exchange exchange) throws IOException {
        byte[] bytes = exchange.body().readNBytes(MAX_BODY_BYTES + 1);
        String code = bytes.length > MAX_BODY_BYTES ? "" : codeOf(bytes);
        if (code.isEmpty()) {
            refuse(
                    exchange,
                    400,
                    "InvalidRequest",
                    "The body must be {\"code\": \"…\"}.",
                    "the code that the console shows");
            return;
        }
        switch (access.devices().enrol(code, exchange.remoteAddress())) {
            case EnrolOutcome.Refused(Refusal reason, String message) ->
                    refuse(exchange, reason, message);
            case EnrolOutcome.Enrolled enrolled -> {
                Map<String, Object> body = new LinkedHashMap<>();
                body.put("deviceId", enrolled.device().id());
                body.put("deviceSecret", enrolled.secret());
                body.put("bucket", enrolled.device().bucket());
                body.put("prefix", enrolled.device().prefix());
                body.put("region", region);
                answer(exchange, 200, body);
            }
        }
    }

    private static String codeOf(byte[] body) throws IOException {
        try {
            JsonNode node = JSON.readTree(body);
            return node == null ? "" : node.path("code").asText("");
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    private void token(Exchange exchange) throws IOException {
        TokenOutcome outcome =
                access.devices()
                        .token(
                                header(exchange, "Millrace-Device"),
                                header(exchange, "Millrace-Timestamp"),
                                header(exchange, "Millrace-Nonce"),
                                header(exchange, "Millrace-Signature"),
                                exchange.remoteAddress());
        switch (outcome) {
            case TokenOutcome.Refused(Refusal reason, String message) ->
                    refuse(exchange, reason, message);
            case TokenOutcome.Issued issued -> {
                TemporaryCredentials credentials = issued.credentials();
                Map<String, Object> body = new LinkedHashMap<>();
                body.put("accessKeyId", credentials.accessKeyId());
                body.put("accessKeySecret", credentials.accessKeySecret());
                body.put("securityToken", credentials.securityToken());
                body.put("expiration", credentials.expiration().toString());
                body.put("bucket", issued.device().bucket());
                body.put("prefix", issued.device().prefix());
                body.put("region", region);
                answer(exchange, 200, body);
            }
        }
    }

    private static String header(Exchange exchange, String name) {
        return Objects.requireNonNullElse(exchange.header(name), "");
    }

    private void refuse(Exchange exchange, Refusal reason, String message) throws IOException {
        String hint =
                switch (reason) {
                    case NOT_RECOGNISED ->
                            "check the code or the device's secret; a code works once and for 15 minutes";
                    case CLOCK -> "the server's time is " + clock.instant() + " (GET /_time)";
                    case REPLAYED -> "send a fresh nonce with each request";
                    case DISABLED -> "an operator disabled this device in the console";
                    case ISSUER ->
                            "somebody who may write there makes a new code or takes the device over in the console";
                    case HOOK -> "the operator's backend did not agree";
                    case TOO_MANY -> "wait a minute";
                };
        refuse(exchange, reason == Refusal.TOO_MANY ? 429 : 403, reason.name(), message, hint);
    }

    private static void refuse(
            Exchange exchange, int status, String code, String message, String hint)
            throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("code", code);
        body.put("message", message);
        body.put("hint", hint);
        body.put("requestId", exchange.requestId());
        answer(exchange, status, body);
    }

    private static void answer(Exchange exchange, int status, Map<String, Object> body)
            throws IOException {
        exchange.status(status)
                .setHeader("Content-Type", "application/json")
                .setHeader("Cache-Control", "no-store")
                .send(JSON.writeValueAsBytes(body));
    }
}
