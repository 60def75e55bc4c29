package io.millrace.extents;

import org.jspecify.annotations.Nullable;

/** The place of an extent that is written piece by piece. Changed by its lane's thread alone. */
final class Region {
    /**
     * The length that was announced, or -1: then the region has a volume for itself while it grows.
     */
    final long announced;

    /** The bytes are moved to free more than they take: they may use the reserve. */
    final boolean moved;

    @Nullable Volume volume;
    long offset;
    long written;
    boolean ended;
    @Nullable ExtentRef ref;
    @Nullable ExtentsException failure;

    Region(long announced, boolean moved) {
        this.announced = announced;
        this.moved = moved;
    }

    /** The extent, once its last piece was answered. */
    ExtentRef ref() {
        ExtentRef done = ref;
        if (done == null) {
            throw new ExtentsException(
                    ExtentsException.Code.FAILED, "an extent was answered without a place");
        }
        return done;
    }
}
