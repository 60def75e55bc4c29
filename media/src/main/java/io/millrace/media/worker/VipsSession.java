package io.millrace.media.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All native memory of one request: images, results and scratch. Closing it gives everything back,
 * newest first, so that a worker's memory stays flat over any number of requests, failed ones too.
 */
final class VipsSession implements AutoCloseable {
    static final long VALUE_BYTES = 24; // sizeof(GValue) on 64-bit machines

    final Vips vips;
    final Arena arena = Arena.ofConfined();
    private final List<MemorySegment> objects = new ArrayList<>();
    private final List<MemorySegment> areas = new ArrayList<>();

    VipsSession(Vips vips) {
        this.vips = vips;
    }

    /** A new, unbuilt operation, such as {@code jpegload_buffer}. */
    VipsOperation operation(String nickname) {
        return new VipsOperation(this, nickname);
    }

    /** Takes over one reference to a GObject. */
    MemorySegment own(MemorySegment object) {
        objects.add(object);
        return object;
    }

    /** Takes over one reference to a VipsArea (a blob or an array). */
    MemorySegment ownArea(MemorySegment area) {
        areas.add(area);
        return area;
    }

    /** {@code pixels}, band-interleaved bytes, as an image; copied. */
    VipsImage image(MemorySegment pixels, int width, int height, int bands) {
        try {
            MemorySegment address =
                    (MemorySegment)
                            vips.imageNewFromMemory.invokeExact(
                                    pixels, pixels.byteSize(), width, height, bands, 0);
            if (address.address() == 0) {
                throw new VipsException(vips.takeError());
            }
            return new VipsImage(this, own(address));
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    @Override
    public void close() {
        try {
            for (int i = objects.size() - 1; i >= 0; i--) {
                vips.objectUnref.invokeExact(objects.get(i));
            }
            for (MemorySegment area : areas) {
                vips.areaUnref.invokeExact(area);
            }
        } catch (Throwable e) {
            throw Vips.failed(e);
        } finally {
            arena.close();
        }
    }
}
