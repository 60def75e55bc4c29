package io.millrace.examples.camera;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The device door: {@code /_device/enrol} once, {@code /_device/token} whenever the token runs low.
 */
final class DeviceClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI endpoint;

    DeviceClient(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** Who this device is; kept in a file that only its owner may read. */
    record Identity(String deviceId, String deviceSecret) {
        static Identity read(Path file) throws IOException {
            JsonNode node = JSON.readTree(Files.readString(file));
            return new Identity(node.path("deviceId").asText(), node.path("deviceSecret").asText());
        }

        void write(Path file) throws IOException {
            Files.deleteIfExists(file);
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(
                    file,
                    JSON.writeValueAsString(
                            Map.of("deviceId", deviceId, "deviceSecret", deviceSecret)));
        }
    }

    /** Temporary credentials for one prefix of one bucket. */
    record Token(
            String accessKeyId,
            String accessKeySecret,
            String securityToken,
            Instant expiration,
            String bucket,
            String prefix) {}

    Identity enrol(String code) throws IOException, InterruptedException {
        JsonNode answer =
                post("/_device/enrol", JSON.writeValueAsString(Map.of("code", code)), Map.of());
        return new Identity(answer.path("deviceId").asText(), answer.path("deviceSecret").asText());
    }

    Token token(Identity identity) throws IOException, InterruptedException {
        String timestamp = Long.toString(Instant.now().getEpochSecond());
        String nonce = UUID.randomUUID().toString();
        Map<String, String> headers =
                Map.of(
                        "Millrace-Device",
                        identity.deviceId(),
                        "Millrace-Timestamp",
                        timestamp,
                        "Millrace-Nonce",
                        nonce,
                        "Millrace-Signature",
                        hmac(
                                identity.deviceSecret(),
                                identity.deviceId() + "\n" + timestamp + "\n" + nonce));
        JsonNode answer = post("/_device/token", "", headers);
        return new Token(
                answer.path("accessKeyId").asText(),
                answer.path("accessKeySecret").asText(),
                answer.path("securityToken").asText(),
                Instant.parse(answer.path("expiration").asText()),
                answer.path("bucket").asText(),
                answer.path("prefix").asText());
    }

    private JsonNode post(String path, String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(endpoint.resolve(path))
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        HttpResponse<String> answer =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    private static String hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
