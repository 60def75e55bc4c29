package io.millrace.store.space;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A failure at the store's door: something that no outcome value foresees. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What failed, for the dialects to map. */
    public enum Code {
        /** The bucket does not exist, or is being deleted. */
        NO_SUCH_BUCKET,
        /** A name, key, number or metadata is outside its limits; the text says which. */
        INVALID_ARGUMENT,
        /** The request body failed while it was read; the cause is the body's own exception. */
        BODY_FAILED,
        /** Stored bytes failed their checksum. */
        CORRUPT,
        /** The bytes are in another node's extent store, which this one can't read. */
        EXTENT_ELSEWHERE,
        /** These extents and this key space don't belong together; the text says what to do. */
        EXTENTS_REFUSED,
        /** No room is left for new bytes; deleting still works. */
        DISK_FULL,
        /** Other writers changed the same key each time that the commit was tried. */
        BUSY,
        /** The engine can't say whether the change became durable; nothing was deleted. */
        COMMIT_UNKNOWN,
        /** The key space can't be reached now. */
        UNAVAILABLE,
        /** A disk or the key space failed. */
        STORAGE_FAILED,
        /** The store has been closed. */
        CLOSED
    }

    private final Code code;

    public StoreException(Code code, String publicText) {
        this(code, publicText, null);
    }

    public StoreException(Code code, String publicText, @Nullable Throwable cause) {
        super(publicText, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /** What a read gives; empty when that is CORRUPT: what doesn't read hides nothing beside it. */
    public static <T> Optional<T> readable(Supplier<T> read) {
        try {
            return Optional.of(read.get());
        } catch (StoreException e) {
            if (e.code != Code.CORRUPT) {
                throw e;
            }
            return Optional.empty();
        }
    }
}
