package io.millrace.examples.camera;

import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.auth.DefaultCredentials;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.AppendObjectResult;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.SimplifiedObjectMeta;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Appends the buffer's bytes to one object, in order and each once, through lost answers, network
 * cuts and token renewals.
 *
 * <p>After a failure the object's length tells what arrived: if it is what we would have had, the
 * answer alone was lost.
 */
final class Appender implements AutoCloseable {
    private static final int MAX_APPEND_BYTES = 4 << 20;
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd/HH-mm-ss").withZone(ZoneOffset.UTC);

    private final URI endpoint;
    private final DeviceClient devices;
    private final DeviceClient.Identity identity;
    private final StreamBuffer buffer;
    private final Duration every;
    private final Duration renewEvery;
    private final DefaultCredentialProvider credentials;
    private final OSS oss;
    private DeviceClient.Token token;
    private Instant renewAt;
    private final String key;
    private long position;

    Appender(
            URI endpoint,
            DeviceClient devices,
            DeviceClient.Identity identity,
            StreamBuffer buffer,
            Duration every,
            Duration renewEvery)
            throws IOException, InterruptedException {
        this.endpoint = endpoint;
        this.devices = devices;
        this.identity = identity;
        this.buffer = buffer;
        this.every = every;
        this.renewEvery = renewEvery;
        this.token = devices.token(identity);
        this.renewAt = renewalOf(token);
        this.credentials =
                new DefaultCredentialProvider(
                        token.accessKeyId(), token.accessKeySecret(), token.securityToken());
        this.oss = client();
        this.key = token.prefix() + NAME.format(Instant.now()) + ".ts";
    }

    private OSS client() {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(SignVersion.V4);
        configuration.setMaxErrorRetry(0);
        configuration.setConnectionTimeout(3_000);
        configuration.setSocketTimeout(8_000);
        configuration.setSupportCname(false);
        return OSSClientBuilder.create()
                .endpoint(endpoint.toString())
                .region("local")
                .credentialsProvider(credentials)
                .clientConfiguration(configuration)
                .build();
    }

    /** Renewed when two thirds of its life are over, or sooner when asked to. */
    private Instant renewalOf(DeviceClient.Token fresh) {
        Duration life =
                Duration.between(Instant.now(), fresh.expiration()).multipliedBy(2).dividedBy(3);
        return Instant.now().plus(life.compareTo(renewEvery) < 0 ? life : renewEvery);
    }

    /** Appends until the buffer has ended and is empty. */
    void run() throws InterruptedException {
        while (!buffer.drained()) {
            long started = System.nanoTime();
            byte[] bytes = buffer.pending(MAX_APPEND_BYTES);
            if (bytes.length > 0 && !append(bytes)) {
                Thread.sleep(500);
                continue;
            }
            boolean behind = buffer.backlogBytes() > MAX_APPEND_BYTES;
            long restMillis = every.toMillis() - (System.nanoTime() - started) / 1_000_000;
            if (!behind && restMillis > 0) {
                Thread.sleep(restMillis);
            }
        }
    }

    private boolean append(byte[] bytes) throws InterruptedException {
        try {
            renewIfDue();
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("video/mp2t");
            metadata.setContentLength(bytes.length);
            AppendObjectRequest request =
                    new AppendObjectRequest(
                            token.bucket(), key, new ByteArrayInputStream(bytes), metadata);
            request.setPosition(position);
            AppendObjectResult result = oss.appendObject(request);
            confirm(result.getNextPosition(), bytes.length);
            return true;
        } catch (OSSException e) {
            return recover(e, bytes.length);
        } catch (ClientException | IOException e) {
            say("network: " + firstLine(e) + "; " + buffer.backlogBytes() + " bytes wait");
            return false;
        }
    }

    private void renewIfDue() throws IOException, InterruptedException {
        if (Instant.now().isBefore(renewAt)) {
            return;
        }
        token = devices.token(identity);
        renewAt = renewalOf(token);
        credentials.setCredentials(
                new DefaultCredentials(
                        token.accessKeyId(), token.accessKeySecret(), token.securityToken()));
        say("token renewed until " + token.expiration());
    }

    private boolean recover(OSSException e, int length) {
        return switch (e.getErrorCode()) {
            case "PositionNotEqualToLength" -> recoverPosition(length);
            case "SecurityTokenExpired", "InvalidSecurityToken", "InvalidAccessKeyId" -> {
                renewAt = Instant.EPOCH;
                yield false;
            }
            default -> {
                say(e.getErrorCode() + ": " + e.getErrorMessage());
                yield false;
            }
        };
    }

    private boolean recoverPosition(int length) {
        Long arrived = length();
        if (arrived != null && arrived >= position && arrived <= position + length) {
            say("an answer was lost; the object has " + arrived + " bytes");
            confirm(arrived, (int) (arrived - position));
            return true;
        }
        say("the object has " + arrived + " bytes, not " + position + ": somebody else writes it");
        return false;
    }

    private @Nullable Long length() {
        try {
            SimplifiedObjectMeta meta = oss.getSimplifiedObjectMeta(token.bucket(), key);
            return meta.getSize();
        } catch (OSSException | ClientException e) {
            return null;
        }
    }

    private void confirm(long next, int bytes) {
        position = next;
        buffer.confirm(bytes);
    }

    private static String firstLine(Throwable e) {
        String message = String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse(e.getClass().getSimpleName());
    }

    private static void say(String text) {
        System.err.println(Instant.now() + " camera: " + text);
    }

    String key() {
        return key;
    }

    @Override
    public void close() {
        oss.shutdown();
    }
}
