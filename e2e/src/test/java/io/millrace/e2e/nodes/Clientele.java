package io.millrace.e2e.nodes;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.AppendObjectRequest;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ServerProcess;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * One client that asks any of the nodes for anything, below a prefix of its own, and knows what
 * each answer may be. Not thread-safe.
 */
final class Clientele {
    static final String BUCKET = "shared";
    private static final long BACK_OFF_NANOS = 300_000_000;
    private static final int LEAST_PART = 100 * 1024;

    private final List<S3Client> s3;
    private final List<OSS> oss;
    private final String prefix;
    private final Random random;
    private final Findings findings;
    private final Map<String, Known> model = new HashMap<>();

    Clientele(List<ServerProcess> nodes, String prefix, Random random, Findings findings) {
        this.s3 = nodes.stream().map(Clientele::s3).toList();
        this.oss = nodes.stream().map(Clientele::oss).toList();
        this.prefix = prefix;
        this.random = random;
        this.findings = findings;
    }

    static S3Client s3(ServerProcess node) {
        return Clients.s3(node.object(), ServerProcess.KEY_ID, ServerProcess.SECRET);
    }

    static OSS oss(ServerProcess node) {
        return Clients.oss(node.object(), ServerProcess.KEY_ID, ServerProcess.SECRET, null);
    }

    void operate(BooleanSupplier goesOn) {
        try {
            operations(goesOn);
        } catch (RuntimeException | Error e) {
            findings.wrong("the client of " + prefix + " can't go on: " + e);
        }
    }

    private void operations(BooleanSupplier goesOn) {
        for (int i = 0; goesOn.getAsBoolean(); i++) {
            List<String> sure =
                    model.entrySet().stream()
                            .filter(e -> !e.getValue().doubtful)
                            .map(Map.Entry::getKey)
                            .sorted()
                            .toList();
            if (sure.size() < 5) {
                put(any(s3), prefix + i);
            } else {
                one(sure.get(random.nextInt(sure.size())), prefix + i);
            }
        }
    }

    /** One operation with a key that is there or a new one. */
    private void one(String some, String fresh) {
        switch (random.nextInt(20)) {
            case 0, 1, 2 -> put(any(s3), fresh);
            case 3 -> put(any(s3), some.contains("append") ? fresh : some);
            case 4, 5, 6 -> append(some.contains("append") ? some : fresh + "append");
            case 7, 8 -> multipart(fresh + "parts");
            case 9, 10 -> copy(some, fresh + "copy");
            case 11, 12, 13 -> delete(some);
            case 14 -> list();
            case 15, 16 -> range(some);
            default -> read(any(s3), some, false);
        }
    }

    private <T> T any(List<T> clients) {
        return clients.get(random.nextInt(clients.size()));
    }

    private byte[] bytes(int least, int most) {
        byte[] bytes = new byte[least + random.nextInt(most - least)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] bytes() {
        if (random.nextInt(10) == 0) {
            return picture();
        }
        return bytes(1, random.nextBoolean() ? 12_000 : 200_000);
    }

    /** One that the probes take for what it is, unlike any other. */
    private byte[] picture() {
        BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            image.setRGB(i % 64, i / 64, random.nextInt());
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private void put(S3Client client, String key) {
        findings.operation("puts");
        byte[] bytes = bytes();
        Known before = model.get(key);
        Known known = new Known(bytes, true);
        if (before != null) {
            known.after(before);
        }
        model.put(key, known);
        attempt(
                known,
                () ->
                        client.putObject(
                                r -> r.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes)),
                () -> {
                    if (before == null) {
                        known.mayBeAbsent = true;
                    } else {
                        known.orStill(before);
                    }
                });
    }

    private void append(String key) {
        findings.operation("appends");
        byte[] bytes = bytes();
        Known known = model.get(key);
        byte[] before = known == null ? new byte[0] : known.contents.getFirst();
        Known next = new Known(joined(before, bytes), false);
        if (known != null) {
            next.after(known);
        }
        model.put(key, next);
        AppendObjectRequest request =
                new AppendObjectRequest(BUCKET, key, new ByteArrayInputStream(bytes));
        request.setPosition((long) before.length);
        OSS client = any(oss);
        attempt(
                next,
                () -> client.appendObject(request),
                () -> {
                    next.contents.add(before);
                    next.mayBeAbsent = known == null;
                });
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Each step through any node; some uploads are aborted, and a cut-off one stays open. */
    private void multipart(String key) {
        findings.operation("multipart uploads");
        List<byte[]> parts = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            parts.add(bytes(LEAST_PART, 2 * LEAST_PART));
        }
        parts.add(bytes());
        byte[] whole = parts.stream().reduce(new byte[0], Clientele::joined);
        boolean abort = random.nextInt(6) == 0;
        Known known = new Known(whole, false);
        known.mayBeAbsent = abort;
        known.doubtful = abort;
        model.put(key, known);
        attempt(known, () -> upload(key, parts, abort), () -> known.mayBeAbsent = true);
    }

    private void upload(String key, List<byte[]> parts, boolean abort) {
        String id = any(s3).createMultipartUpload(r -> r.bucket(BUCKET).key(key)).uploadId();
        List<CompletedPart> named = new ArrayList<>();
        for (byte[] part : parts) {
            int number = named.size() + 1;
            String etag =
                    any(s3).uploadPart(
                                    r -> r.bucket(BUCKET).key(key).uploadId(id).partNumber(number),
                                    RequestBody.fromBytes(part))
                            .eTag();
            named.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
        S3Client last = any(s3);
        if (abort) {
            last.abortMultipartUpload(r -> r.bucket(BUCKET).key(key).uploadId(id));
            model.get(key).contents.clear();
        } else {
            last.completeMultipartUpload(
                    r ->
                            r.bucket(BUCKET)
                                    .key(key)
                                    .uploadId(id)
                                    .multipartUpload(u -> u.parts(named)));
        }
    }

    private void copy(String from, String to) {
        findings.operation("copies");
        Known source = model.get(from);
        Known known = new Known(source.contents.getFirst(), false);
        model.put(to, known);
        S3Client client = any(s3);
        attempt(
                known,
                () ->
                        client.copyObject(
                                r ->
                                        r.sourceBucket(BUCKET)
                                                .sourceKey(from)
                                                .destinationBucket(BUCKET)
                                                .destinationKey(to)),
                () -> {
                    known.mayBeAbsent = true;
                    source.mayStillBecome(known);
                });
    }

    private void delete(String key) {
        findings.operation("deletes");
        Known known = model.get(key);
        known.mayBeAbsent = true;
        known.doubtful = true; // Never written again: gone, or an unknown answer.
        S3Client client = any(s3);
        attempt(
                known,
                () -> {
                    client.deleteObject(r -> r.bucket(BUCKET).key(key));
                    known.contents.clear();
                },
                () -> {});
    }

    /** Does it; what is not answered with a success may have happened or not, for good. */
    private void attempt(Known known, Runnable operation, Runnable unknown) {
        try {
            operation.run();
        } catch (RuntimeException e) {
            known.doubtful = true;
            findings.doubt();
            unknown.run();
            LockSupport.parkNanos(BACK_OFF_NANOS); // As clients do, while their server starts.
        }
    }

    private void list() {
        findings.operation("lists");
        Map<String, Long> found = new HashMap<>();
        try {
            for (S3Object object :
                    any(s3).listObjectsV2Paginator(
                                    r -> r.bucket(BUCKET).prefix(prefix).maxKeys(100))
                            .contents()) {
                found.put(object.key(), object.size());
            }
        } catch (SdkException e) {
            return; // Killed or paused.
        }
        model.forEach(
                (key, known) -> {
                    Long size = found.remove(key);
                    if (size == null ? !known.mayBeAbsent : !known.allowsSize(size)) {
                        findings.wrong(key + " is listed with the size " + size + ", " + known);
                    }
                });
        found.forEach((key, size) -> findings.wrong(key + " is listed and was never written"));
    }

    private void range(String key) {
        findings.operation("range reads");
        Known known = model.get(key);
        int length = known.contents.getFirst().length;
        int from = random.nextInt(length);
        int to = from + random.nextInt(length - from);
        try {
            byte[] found =
                    any(s3).getObjectAsBytes(
                                    r ->
                                            r.bucket(BUCKET)
                                                    .key(key)
                                                    .range("bytes=" + from + "-" + to))
                            .asByteArray();
            if (found.length != to - from + 1 || !known.allowsRange(found, from)) {
                findings.wrong(key + " has other bytes from " + from + " to " + to);
            }
        } catch (S3Exception e) {
            refused(e, key, known, false);
        } catch (SdkException e) {
            // Killed or paused.
        }
    }

    /**
     * Compares what a node serves.
     *
     * @param up whether the node is certainly up, so that nothing but another's extents excuses it
     * @return whether it had all bytes
     */
    private boolean read(S3Client client, String key, boolean up) {
        findings.operation("reads");
        Known known = model.get(key);
        byte[] found = new byte[0];
        try (ResponseInputStream<GetObjectResponse> in =
                client.getObject(r -> r.bucket(BUCKET).key(key))) {
            found = new byte[Math.toIntExact(in.response().contentLength())];
            int length = 0;
            try {
                for (int got; (got = in.read(found, length, found.length - length)) > 0; ) {
                    length += got;
                }
            } catch (IOException e) {
                if (!known.allowsBeginning(found, length)) {
                    findings.wrong(key + " begins with other bytes, then breaks off");
                } else if (up && known.ofOneNode) {
                    findings.wrong(key + " breaks off after " + length + " bytes");
                }
                return false;
            }
            if (!known.allows(Arrays.copyOf(found, length))) {
                findings.wrong(key + " has " + length + " other bytes, " + known);
            }
            return true;
        } catch (S3Exception e) {
            refused(e, key, known, up);
            return false;
        } catch (IOException | SdkException e) {
            if (up) {
                findings.wrong(key + ": " + e);
            }
            return false; // Killed or paused.
        }
    }

    private void refused(S3Exception e, String key, Known known, boolean up) {
        boolean absent = e.statusCode() == 404;
        boolean elsewhere = e.statusCode() == 503 && Findings.code(e).equals(Findings.ELSEWHERE);
        findings.refused(e);
        if (absent && !known.mayBeAbsent) {
            findings.wrong(key + " was acknowledged and is not found");
        } else if (up && !absent && !elsewhere) {
            findings.wrong(key + ": " + e.getMessage());
        }
    }

    /** When all nodes are up: each answers the right bytes, or that they are the other's. */
    void verify() {
        for (Map.Entry<String, Known> key : model.entrySet()) {
            boolean readable = false;
            for (S3Client client : s3) {
                readable |= read(client, key.getKey(), true);
            }
            Known known = key.getValue();
            if (!readable && known.ofOneNode && !known.mayBeAbsent) {
                findings.wrong(key.getKey() + " was acknowledged and no node has it");
            }
        }
        list();
    }

    void close() {
        s3.forEach(S3Client::close);
        oss.forEach(OSS::shutdown);
    }
}
