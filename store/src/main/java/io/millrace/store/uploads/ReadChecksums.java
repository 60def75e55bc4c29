package io.millrace.store.uploads;

import io.millrace.extents.ExtentsException;
import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.content.Bodies;
import io.millrace.store.content.Layout;
import io.millrace.store.content.PartRow;
import io.millrace.store.content.Piece;
import io.millrace.store.objects.Core;
import io.millrace.store.objects.Objects;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checksums that a completion asks for and that parts were not sent with: their bytes are read once
 * more. That is as dear as reading the parts, so it has a bound; parts that were sent with the
 * checksum cost nothing. Done before the upload is claimed, since it may take long. One thread's
 * own.
 */
final class ReadChecksums {
    /** The most bytes that one completion reads. */
    static final long LIMIT_BYTES = Objects.MAX_BYTES;

    private static final int TRIES = 5;
    private static final int BUFFER_BYTES = 256 << 10;

    private final Core core;
    private final Map<Long, Map<ChecksumAlgorithm, byte[]>> byPartId = new HashMap<>();
    private long readBytes;

    ReadChecksums(Core core) {
        this.core = core;
    }

    /** Sees to it that a part's checksums of these kinds are known; no such part, no checksums. */
    void read(UploadKey upload, int number, Set<ChecksumAlgorithm> wanted) {
        byte[] key = StoreKeys.part(upload.number(), number);
        for (int i = 0; i < TRIES; i++) {
            byte[] record = core.space().get(key);
            if (record == null) {
                return;
            }
            PartRow part = PartRow.decode(record);
            if (part.checksums().keySet().containsAll(wanted) || read(key, record, part, wanted)) {
                return;
            }
        }
        throw changing();
    }

    /** False when the part was replaced or moved meanwhile. */
    private boolean read(byte[] key, byte[] record, PartRow part, Set<ChecksumAlgorithm> wanted) {
        readBytes += part.sizeBytes();
        if (readBytes > LIMIT_BYTES) {
            throw StoreKeys.invalid(
                    "parts were sent without the checksum that completing them asks for, and are"
                            + " too large to be read for it: send it with each part, or complete"
                            + " without it");
        }
        Map<ChecksumAlgorithm, Checksum> running = new EnumMap<>(ChecksumAlgorithm.class);
        wanted.forEach(algorithm -> running.put(algorithm, Checksum.of(algorithm)));
        Runnable release = core.pins().hold(new Layout.Direct(part.pieces()));
        try {
            // What is pinned must still be what the part stands on; see Pins.
            if (!Arrays.equals(record, core.space().get(key)) || !update(part, running)) {
                return false;
            }
        } finally {
            release.run();
        }
        Map<ChecksumAlgorithm, byte[]> values = new EnumMap<>(ChecksumAlgorithm.class);
        running.forEach((algorithm, checksum) -> values.put(algorithm, checksum.value()));
        byPartId.put(part.partId(), values);
        return true;
    }

    private boolean update(PartRow part, Map<ChecksumAlgorithm, Checksum> running) {
        running.values().forEach(c -> c.update(part.inline(), 0, part.inline().length));
        byte[] buffer = new byte[part.pieces().isEmpty() ? 0 : BUFFER_BYTES];
        for (Piece piece : part.pieces()) {
            for (long at = 0; at < piece.length(); ) {
                int wanted = (int) Math.min(buffer.length, piece.length() - at);
                ByteBuffer into = ByteBuffer.wrap(buffer, 0, wanted);
                int got;
                try {
                    got = core.extents().read(piece.ref(), piece.from() + at, into);
                } catch (ExtentsException e) {
                    if (e.code() == ExtentsException.Code.NOT_FOUND) {
                        return false;
                    }
                    throw Bodies.failure(e);
                }
                if (got <= 0) {
                    throw new StoreException(
                            StoreException.Code.CORRUPT,
                            "an extent is shorter than its record says");
                }
                running.values().forEach(c -> c.update(buffer, 0, got));
                at += got;
            }
        }
        return true;
    }

    /** A part's checksum, sent or read; null when neither. */
    byte @Nullable [] of(
            long partId, Map<ChecksumAlgorithm, byte[]> sent, ChecksumAlgorithm algorithm) {
        byte[] value = sent.get(algorithm);
        return value != null ? value : byPartId.getOrDefault(partId, Map.of()).get(algorithm);
    }

    static StoreException changing() {
        return new StoreException(
                StoreException.Code.BUSY, "others keep changing this upload's parts; try again");
    }
}
