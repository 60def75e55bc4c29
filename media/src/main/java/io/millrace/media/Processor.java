package io.millrace.media;

import io.millrace.media.image.Encoded;
import io.millrace.media.image.ImageWork;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs plans: opens what they read, gives it to an engine, stores what they write. */
final class Processor {
    private static final Logger LOG = LoggerFactory.getLogger(Processor.class);

    private final Store store;
    private final ImageWorkers workers;
    private final Snapshots snapshots;

    Processor(Store store, ImageWorkers workers, Snapshots snapshots) {
        this.store = store;
        this.workers = workers;
        this.snapshots = snapshots;
    }

    Optional<ProcessAnswer.Version> version(ProcessPlan plan) {
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
        return Optional.of(version(infos, valid.request().process()));
    }

    ProcessAnswer run(ProcessPlan plan, Asker asker) {
        try {
            return switch (plan.parsed()) {
                case ProcessPlan.Parsed.Invalid invalid -> throw invalid.refusal();
                case ProcessPlan.Parsed.Valid valid -> run(plan, valid.request(), asker);
            };
        } catch (RefusedException e) {
            if (!e.detail().isEmpty()) {
                LOG.info("{} of {}: {}", e.code(), plan.source(), e.detail());
            }
            return new ProcessAnswer.Refused(e.status(), e.code(), e.text());
        } catch (StoreException e) {
            return refused(e);
        }
    }

    private ProcessAnswer run(ProcessPlan plan, MediaProcess.Request request, Asker asker) {
        if (plan.reads().size() > 1 + Frames.MAX_WATERMARKS) {
            throw new RefusedException(
                    400, "WatermarkError", "More than 3 watermark images in one process.");
        }
        List<ObjectReader> readers = open(plan);
        List<ObjectInfo> infos = readers.stream().map(ObjectReader::info).toList();
        Encoded result =
                switch (request.process()) {
                    case MediaProcess.Image image -> workers.run(work(image, readers), asker);
                    case MediaProcess.Snapshot snapshot -> snapshot(snapshot, readers);
                };
        ProcessAnswer.Version version = version(infos, request.process());
        ProcessAnswer.Answer answer =
                new ProcessAnswer.Answer(
                        result.contentType(),
                        result.bytes(),
                        version.etag(),
                        version.lastModified(),
                        caching(infos.getFirst()));
        return plan.writes().isEmpty() ? answer : save(plan.writes().getFirst(), answer);
    }

    private List<ObjectReader> open(ProcessPlan plan) {
        List<ObjectReader> readers = new ArrayList<>();
        try {
            for (ObjectName name : plan.reads()) {
                readers.add(open(name, readers.isEmpty()));
            }
            return readers;
        } catch (RuntimeException e) {
            readers.forEach(ObjectReader::close);
            throw e;
        }
    }

    private static ImageWork work(MediaProcess.Image image, List<ObjectReader> readers) {
        List<String> versions = new ArrayList<>();
        List<String> contents = new ArrayList<>();
        for (ObjectReader reader : readers) {
            ObjectInfo info = reader.info();
            versions.add(info.bucket() + "/" + info.key() + "/" + info.versionId());
            contents.add(info.etag() + "/" + info.sizeBytes());
        }
        return new ImageWork(
                image.canonical(),
                picture(readers.getFirst()),
                readers.subList(1, readers.size()).stream().map(Processor::picture).toList(),
                digest(versions, image),
                digest(contents, image),
                () -> readers.forEach(ObjectReader::close));
    }

    private Encoded snapshot(MediaProcess.Snapshot snapshot, List<ObjectReader> readers) {
        try {
            byte[] picture = snapshots.take(readers.getFirst(), snapshot);
            return new Encoded(snapshot.format().contentType(), picture);
        } finally {
            readers.forEach(ObjectReader::close);
        }
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
                stored.info().lastModified(),
                Map.of());
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

    private static ProcessAnswer.Version version(List<ObjectInfo> inputs, MediaProcess process) {
        Instant newest =
                inputs.stream().map(ObjectInfo::lastModified).max(Instant::compareTo).orElseThrow();
        List<String> etags = inputs.stream().map(ObjectInfo::etag).toList();
        return new ProcessAnswer.Version(digest(etags, process), newest);
    }

    private static Map<String, String> caching(ObjectInfo source) {
        Map<String, String> headers = new HashMap<>(source.headers());
        headers.keySet().retainAll(Set.of("cache-control", "expires"));
        return headers;
    }

    /** Inputs and what is done with them, in 32 digits. */
    private static String digest(List<String> inputs, MediaProcess process) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String input : inputs) {
                digest.update((input + "\n").getBytes(StandardCharsets.UTF_8));
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
