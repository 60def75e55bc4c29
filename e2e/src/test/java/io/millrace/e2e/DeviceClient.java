package io.millrace.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A device as its firmware talks to the object door: it enrols with a code and asks for tokens. */
public final class DeviceClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private DeviceClient() {}

    /** What the door answered. */
    public record Answer(int status, JsonNode body) {}

    /** Trades a code for the device's secret ({@code deviceSecret}). */
    public static Answer enrol(URI door, String code) throws Exception {
        return send(
                HttpRequest.newBuilder(door.resolve("/_device/enrol"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"" + code + "\"}"))
                        .build());
    }

    /** Asks for a token, with a nonce of its own. */
    public static Answer token(URI door, String id, String secret) throws Exception {
        return send(asking(door, id, secret));
    }

    /** The request for a token, to be sent as often as an attacker likes. */
    public static HttpRequest asking(URI door, String id, String secret)
            throws GeneralSecurityException {
        String time = Long.toString(Instant.now().getEpochSecond());
        String nonce = UUID.randomUUID().toString();
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signed = (id + "\n" + time + "\n" + nonce).getBytes(StandardCharsets.UTF_8);
        return HttpRequest.newBuilder(door.resolve("/_device/token"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .header("Millrace-Device", id)
                .header("Millrace-Timestamp", time)
                .header("Millrace-Nonce", nonce)
                .header("Millrace-Signature", HexFormat.of().formatHex(mac.doFinal(signed)))
                .build();
    }

    /** Sends a request and reads the answer's JSON. */
    public static Answer send(HttpRequest request) throws Exception {
        HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(answer.statusCode(), JSON.readTree(answer.body()));
    }
}
