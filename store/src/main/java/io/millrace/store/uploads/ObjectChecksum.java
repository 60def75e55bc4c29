package io.millrace.store.uploads;

import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client says that an object of parts has as its checksum.
 *
 * @param kind null when the client doesn't say: either will do
 * @param parts how many parts the client says that it stands for; 0 when it doesn't say
 */
public record ObjectChecksum(
        ChecksumAlgorithm algorithm, byte[] value, @Nullable Kind kind, int parts) {
    /** How the checksum of several parts is made. */
    public enum Kind {
        /** Of all bytes, in one. */
        FULL_OBJECT,
        /** Of the parts' checksums, one after another. */
        COMPOSITE
    }

    public ObjectChecksum {
        if (kind == Kind.FULL_OBJECT && !algorithm.combines()) {
            throw new IllegalArgumentException(algorithm + " of parts gives none of the whole");
        }
    }

    /** A part's checksum and its size. */
    record OfPart(byte[] value, long sizeBytes) {}

    /** What the checksum is in truth, the nearest to what was said; equal to it if that is so. */
    byte[] actual(List<OfPart> ofParts) {
        byte[] composite = composite(ofParts);
        if (kind == Kind.COMPOSITE || !algorithm.combines()) {
            return composite;
        }
        byte[] whole = Checksum.of(algorithm).value();
        for (OfPart part : ofParts) {
            whole = algorithm.combine(whole, part.value(), part.sizeBytes());
        }
        return kind == null && Arrays.equals(value, composite) ? composite : whole;
    }

    private byte[] composite(List<OfPart> ofParts) {
        Checksum checksum = Checksum.of(algorithm);
        for (OfPart part : ofParts) {
            checksum.update(part.value(), 0, part.value().length);
        }
        return checksum.value();
    }
}
