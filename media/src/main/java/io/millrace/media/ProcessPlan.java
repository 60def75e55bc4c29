package io.millrace.media;

import io.millrace.media.process.ImageOperation.ImageWatermark;
import io.millrace.media.process.MediaProcess;
import io.millrace.media.process.ProcessParser;
import io.millrace.media.process.RefusedException;
import java.util.ArrayList;
import java.util.List;

/**
 * A parsed {@code x-oss-process} on one object: every object that running it reads and writes, so
 * that the caller can be allowed or refused before any work starts. A plan whose process is wrong
 * still lists its source; running it gives the refusal.
 */
public final class ProcessPlan {
    private final ObjectName source;
    private final Parsed parsed;
    private final List<ObjectName> reads;
    private final List<ObjectName> writes;

    /** The process, or what is wrong with it. */
    sealed interface Parsed {
        record Valid(MediaProcess.Request request) implements Parsed {}

        record Invalid(RefusedException refusal) implements Parsed {}
    }

    private ProcessPlan(
            ObjectName source, Parsed parsed, List<ObjectName> reads, List<ObjectName> writes) {
        this.source = source;
        this.parsed = parsed;
        this.reads = List.copyOf(reads);
        this.writes = List.copyOf(writes);
    }

    static ProcessPlan of(ObjectName source, String process) {
        MediaProcess.Request request;
        try {
            request = ProcessParser.parse(process);
        } catch (RefusedException e) {
            return new ProcessPlan(source, new Parsed.Invalid(e), List.of(source), List.of());
        }
        List<ObjectName> reads = new ArrayList<>(List.of(source));
        if (request.process() instanceof MediaProcess.Image image) {
            for (ImageWatermark mark : watermarks(image)) {
                reads.add(new ObjectName(source.bucket(), mark.key()));
            }
        }
        List<ObjectName> writes =
                request.saveAs().stream()
                        .map(to -> new ObjectName(to.bucket().orElse(source.bucket()), to.key()))
                        .toList();
        return new ProcessPlan(source, new Parsed.Valid(request), reads, writes);
    }

    /** The object that is processed. */
    public ObjectName source() {
        return source;
    }

    /**
     * Every object that is read: the source first, then watermark images in the order of their use.
     */
    public List<ObjectName> reads() {
        return reads;
    }

    /** Every object that is written: {@code sys/saveas} targets; empty for a plain GET. */
    public List<ObjectName> writes() {
        return writes;
    }

    Parsed parsed() {
        return parsed;
    }

    private static List<ImageWatermark> watermarks(MediaProcess.Image image) {
        return image.operations().stream()
                .flatMap(operation -> operation.picture().stream())
                .toList();
    }
}
