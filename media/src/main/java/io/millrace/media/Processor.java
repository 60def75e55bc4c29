package io.millrace.media;

import io.millrace.media.image.Encoded;
import io.millrace.media.image.ImageWorkers;
import io.millrace.media.image.Picture;
import io.millrace.media.process.MediaProcess;
import io.millrace.media.process.RefusedException;
import io.millrace.media.video.Snapshots;
import io.millrace.media.worker.Frames;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.space.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs plans: opens what they read, gives it to an engine, stores what they write. */
final class Processor {
    private final Store store;
    private final ImageWorkers workers;
    private final Snapshots snapshots;

    Processor(Store store, ImageWorkers workers, Snapshots snapshots) {
        this.store = store;
        this.workers = workers;
        this.snapshots = snapshots;
    }

    Optional<String> etag(ProcessPlan plan) {
        if (!(plan.parsed() instanceof ProcessPlan.Parsed.Valid valid)) {
            return Optional.empty();
        }
        List<ObjectInfo> infos = new ArrayList<>();
        for (ObjectName name : plan.reads()) {
            Optional<ObjectInfo> info = store.objects().head(name.bucket(), name.key());
            if (info.isEmpty()) {
                return Optional.empty();
            }
            infos.add(info.get());
        }
        return Optional.of(etag(infos, valid.request().process()));
    }

    ProcessAnswer run(ProcessPlan plan) {
        try {
            return switch (plan.parsed()) {
                case ProcessPlan.Parsed.Invalid invalid -> throw invalid.refusal();
                case ProcessPlan.Parsed.Valid valid -> run(plan, valid.request());
            };
        } catch (RefusedException e) {
            return new ProcessAnswer.Refused(e.status(), e.code(), e.text());
        } catch (StoreException e) {
            return refused(e);
        }
    }

    private ProcessAnswer run(ProcessPlan plan, MediaProcess.Request request) {
        if (plan.reads().size() > 1 + Frames.MAX_WATERMARKS) {
            throw new RefusedException(
                    400, "WatermarkError", "More than 3 watermark images in one process.");
        }
        List<ObjectReader> readers = new ArrayList<>();
        try {
            for (ObjectName name : plan.reads()) {
                readers.add(open(name, readers.isEmpty()));
            }
            return answer(plan, request, readers);
        } finally {
            readers.forEach(ObjectReader::close);
        }
    }

    private ProcessAnswer answer(
            ProcessPlan plan, MediaProcess.Request request, List<ObjectReader> readers) {
        Encoded result = process(request.process(), readers);
        ObjectInfo source = readers.getFirst().info();
        ProcessAnswer.Answer answer =
                new ProcessAnswer.Answer(
                        result.contentType(),
                        result.bytes(),
                        etag(readers.stream().map(ObjectReader::info).toList(), request.process()),
                        source.lastModified());
        return plan.writes().isEmpty() ? answer : save(plan.writes().getFirst(), answer);
    }

    private Encoded process(MediaProcess process, List<ObjectReader> readers) {
        ObjectReader source = readers.getFirst();
        return switch (process) {
            case MediaProcess.Image image ->
                    workers.run(
                            image.canonical(),
                            picture(source),
                            readers.subList(1, readers.size()).stream()
                                    .map(Processor::picture)
                                    .toList());
            case MediaProcess.Snapshot snapshot ->
                    new Encoded(snapshot.format().contentType(), snapshots.take(source, snapshot));
        };
    }

    private static Picture picture(ObjectReader reader) {
        return new Picture(reader.info().sizeBytes(), reader::stream);
    }

    private ObjectReader open(ObjectName name, boolean source) {
        return store.objects()
                .open(name.bucket(), name.key())
                .orElseThrow(
                        () ->
                                source
                                        ? new RefusedException(
                                                404,
                                                "NoSuchKey",
                                                "The specified key does not exist.")
                                        : new RefusedException(
                                                400,
                                                "WatermarkError",
                                                "The watermark image does not exist: "
                                                        + name.key()));
    }

    /** Stores the result; what the caller gets is a receipt. */
    private ProcessAnswer save(ObjectName target, ProcessAnswer.Answer result) {
        PutObject put =
                PutObject.of(target.bucket(), target.key(), result.bytes().length)
                        .with(new ObjectMetadata(result.contentType(), Map.of(), Map.of()));
        PutOutcome outcome = store.objects().put(put, result.bytes());
        if (!(outcome instanceof PutOutcome.Stored stored)) {
            throw new RefusedException(
                    500, "InternalError", "The result could not be stored: " + outcome);
        }
        String json =
                "{\"bucket\":\""
                        + escape(target.bucket())
                        + "\",\"fileSize\":"
                        + stored.info().sizeBytes()
                        + ",\"object\":\""
                        + escape(target.key())
                        + "\",\"status\":\"OK\"}";
        return new ProcessAnswer.Answer(
                "application/json",
                json.getBytes(StandardCharsets.UTF_8),
                stored.info().etag(),
                stored.info().lastModified());
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String etag(List<ObjectInfo> sources, MediaProcess process) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (ObjectInfo source : sources) {
                digest.update((source.etag() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            digest.update(process.canonical().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every JDK has SHA-256.
        }
    }

    private static ProcessAnswer refused(StoreException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.code()) {
            case NO_SUCH_BUCKET -> new ProcessAnswer.Refused(404, "NoSuchBucket", message);
            case INVALID_ARGUMENT -> new ProcessAnswer.Refused(400, "InvalidArgument", message);
            case BUSY, UNAVAILABLE -> new ProcessAnswer.Refused(503, "ServiceUnavailable", message);
            case EXTENT_ELSEWHERE ->
                    new ProcessAnswer.Refused(503, "ExtentStoreUnavailable", message);
            case BODY_FAILED,
                    CORRUPT,
                    DISK_FULL,
                    COMMIT_UNKNOWN,
                    STORAGE_FAILED,
                    EXTENTS_REFUSED,
                    CLOSED ->
                    new ProcessAnswer.Refused(500, "InternalError", message);
        };
    }
}
