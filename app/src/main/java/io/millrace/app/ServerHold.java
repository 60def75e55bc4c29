package io.millrace.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.access.AccessException;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.backup.BackupException;
import io.millrace.backup.Held;
import io.millrace.backup.Holds;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hold of a server that runs, asked for over its admin API and renewed until it is closed. */
final class ServerHold implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerHold.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PATH = "/api/backup/holds";
    private static final Duration EACH = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI console;
    private final SigV4Signer signer;
    private final InstantSource clock;
    private final String path;
    private final Held held;
    private final Thread renewing;

    private ServerHold(Settings settings, InstantSource clock) {
        RootKey key = key(settings.masterKeyFile());
        String host = isAny(settings.bind()) ? "127.0.0.1" : settings.bind();
        this.console = URI.create("http://" + literal(host) + ":" + settings.consolePort());
        this.signer =
                new SigV4Signer(
                        new AccessKey(key.id(), key.secret()), MillraceServer.REGION, "millrace");
        this.clock = clock;
        JsonNode taken = take();
        this.path = PATH + "/" + taken.path("hold").asText();
        this.held = read(settings.data(), taken.path("hold").asText());
        this.renewing = Thread.ofVirtual().name("backup-renew").start(this::keepRenewing);
    }

    private static RootKey key(Path masterKey) {
        try {
            return MasterKey.load(masterKey).serviceKey("backup");
        } catch (AccessException e) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    e.getMessage() + "; run the backup as the server's user",
                    e);
        }
    }

    private static String literal(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    private static boolean isAny(String bind) {
        return bind.equals("0.0.0.0") || bind.equals("::");
    }

    /** Asks the server whose data directory and console door the settings name. */
    static ServerHold take(Settings settings, InstantSource clock) {
        return new ServerHold(settings, clock);
    }

    /** In the directory that the settings name, so that another server's hold is none. */
    private Held read(Path data, String hold) {
        try {
            return Held.read(data, hold);
        } catch (BackupException e) {
            release();
            throw e;
        }
    }

    Held held() {
        return held;
    }

    private JsonNode take() {
        try {
            String body = JSON.writeValueAsString(Holds.Copier.current());
            HttpResponse<String> answer = call("POST", PATH, body);
            JsonNode said = JSON.readTree(answer.body());
            if (answer.statusCode() == 201) {
                return said;
            }
            BackupException.Code code =
                    answer.statusCode() == 409
                            ? BackupException.Code.BUSY
                            : BackupException.Code.INVALID;
            throw new BackupException(
                    code, "the server says: " + said.path("message").asText(answer.body()));
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    "a server has this data directory, but its console does not answer at "
                            + console
                            + " ("
                            + (e.getMessage() == null ? "no connection" : e.getMessage())
                            + "); give the settings that it was started with",
                    e);
        }
    }

    /** Whether the server still holds what is copied. */
    boolean renew() {
        try {
            return call("POST", path, "").statusCode() == 200;
        } catch (IOException e) {
            LOG.debug("the hold was not renewed", e);
            return false;
        }
    }

    private void keepRenewing() {
        try {
            while (true) {
                Thread.sleep(EACH);
                renew();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<String> call(String method, String on, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        URI uri = console.resolve(on);
        SignedRequest unsigned =
                new SignedRequest(method, on, "", List.of(Map.entry("Host", uri.getAuthority())));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofMinutes(2))
                        .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
        signer.signOnce(unsigned, SigV4Signer.payloadHash(body), clock.instant())
                .forEach(h -> request.header(h.getKey(), h.getValue()));
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        renewing.interrupt();
        release();
    }

    private void release() {
        try {
            call("DELETE", path, "");
        } catch (IOException e) {
            LOG.debug("the hold ends by itself", e);
        }
    }
}
