package io.millrace.media.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * All native memory of one request: images, results and scratch. Closing it gives everything back,
 * newest first, so that a worker's memory stays flat over any number of requests, failed ones too.
 */
final class VipsSession implements AutoCloseable {
    static final long VALUE_BYTES = 24; // sizeof(GValue) on 64-bit machines

    final Vips vips;

    /** Shared: libvips makes an animation's frames on a thread of its own. */
    final Arena arena = Arena.ofShared();

    private final List<MemorySegment> objects = new ArrayList<>();
    private final List<MemorySegment> areas = new ArrayList<>();
    private boolean repeated;

    VipsSession(Vips vips) {
        this.vips = vips;
    }

    /**
     * Whether what is written now is the recipe of an animation: its source changes with each frame
     * and can be read in any order, so that nothing of it may be made beforehand.
     */
    boolean repeated() {
        return repeated;
    }

    /** Writes the recipe of an animation. */
    <T> T repeating(Supplier<T> recipe) {
        repeated = true;
        try {
            return recipe.get();
        } finally {
            repeated = false;
        }
    }

    /** A picture that is no part of what is repeated; a recipe gets it made, whatever it took. */
    VipsImage madeOnce(Supplier<VipsImage> picture) {
        boolean inside = repeated;
        repeated = false;
        try {
            VipsImage image = picture.get();
            return inside ? image.inMemory() : image;
        } finally {
            repeated = inside;
        }
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

    /** sRGB pixels as an image that reads them where they are, whenever it is asked. */
    VipsImage over(MemorySegment pixels, int width, int height, int bands) {
        try {
            MemorySegment address =
                    (MemorySegment)
                            vips.imageNewFromMemoryItself.invokeExact(
                                    pixels, pixels.byteSize(), width, height, bands, 0);
            if (address.address() == 0) {
                throw new VipsException(vips.takeError());
            }
            return new VipsImage(this, own(address))
                    .with("copy")
                    .set("interpretation", "srgb")
                    .image();
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
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
