package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An animation on its way through the operations, one frame at a time.
 *
 * <p>A recipe of libvips is some fifty objects. One for each of two thousand frames is a gigabyte
 * before the first pixel is made, and building one anew for each frame costs more than the pixels
 * do. So there is one recipe, over one frame's memory: the next frame is put there, libvips is told
 * that what it made of the last one is void, and the same recipe makes the next. The encoder sees
 * one tall image, as is libvips' way with animations, and asks for its lines from top to bottom;
 * the decoder gives the source's lines as they are needed.
 *
 * <p>libvips calls {@link #generate} on a thread of its own while the thread of the request waits
 * inside of the encoder; there is one such thread, for libvips runs with a concurrency of 1.
 */
final class Animation {
    private static final FunctionDescriptor GENERATE =
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final int THIN_STRIP = 2;
    private static final int UCHAR = 0;
    private static final int SRGB = 22;

    /** What is made at once: more lines share the work at their seams, fewer take less memory. */
    private static final int PIECE_PIXELS = 1 << 20;

    private final VipsSession session;
    private final Vips vips;
    private final VipsImage all;
    private final int sourceHeight;
    private final MemorySegment pixels;
    private final VipsImage source;
    private final VipsImage result;
    private final MemorySegment rectangle;
    private int frame = -1;
    private @Nullable Throwable failure;

    /**
     * Writes the recipe; makes no pixel.
     *
     * @param all the source's frames below one another, read from top to bottom once
     * @param sourceHeight of one frame
     * @param orientation the EXIF orientation of each frame
     */
    Animation(
            VipsSession session,
            VipsImage all,
            int sourceHeight,
            int orientation,
            UnaryOperator<VipsImage> recipe) {
        this.session = session;
        this.vips = session.vips;
        this.all = all;
        this.sourceHeight = sourceHeight;
        long lineBytes = (long) all.width() * all.bands();
        this.pixels = session.arena.allocate(lineBytes * sourceHeight);
        this.rectangle = session.arena.allocate(JAVA_INT, 4);
        this.source = session.over(pixels, all.width(), sourceHeight, all.bands());
        if (orientation != 1) {
            source.set("orientation", orientation);
        }
        this.result = session.repeating(() -> bytes(PixelOperations.toRgb(recipe.apply(source))));
    }

    private static VipsImage bytes(VipsImage image) {
        return image.with("cast").set("format", "uchar").image();
    }

    int width() {
        return result.width();
    }

    /** Of one frame. */
    int height() {
        return result.height();
    }

    int frames() {
        return all.height() / sourceHeight;
    }

    /** The tall image, with the source's delays and loops; to be read from top to bottom. */
    VipsImage image() {
        try {
            // What is made of a frame is void at the next one; what is made of all stays: so
            // libvips
            // must not know that the tall image is made of the recipe's.
            MemorySegment out = session.own((MemorySegment) vips.imageNew.invokeExact());
            require((int) vips.imagePipeline.invokeExact(out, THIN_STRIP, array(all)));
            vips.imageInitFields.invokeExact(
                    out, width(), height() * frames(), result.bands(), UCHAR, 0, SRGB, 1.0, 1.0);
            require(
                    (int)
                            vips.imageGenerate.invokeExact(
                                    out,
                                    vips.startMany,
                                    vips.callback(callback(), GENERATE, session.arena),
                                    vips.stopMany,
                                    array(all, result),
                                    MemorySegment.NULL));
            VipsImage image = new VipsImage(session, out);
            image.set("page-height", height());
            return image;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Why a frame could not be made, when it was not libvips that failed. */
    void rethrow() {
        Throwable reason = failure;
        if (reason != null) {
            throw Vips.failed(reason);
        }
    }

    private MethodHandle callback() throws ReflectiveOperationException {
        Class<?> pointer = MemorySegment.class;
        MethodType type =
                MethodType.methodType(int.class, pointer, pointer, pointer, pointer, pointer);
        return MethodHandles.lookup().findVirtual(Animation.class, "generate", type).bindTo(this);
    }

    /** Pointers to images, and null behind them. */
    private MemorySegment array(VipsImage... images) {
        MemorySegment array = session.arena.allocate(ADDRESS, images.length + 1);
        for (int i = 0; i < images.length; i++) {
            array.setAtIndex(ADDRESS, i, images[i].address());
        }
        return array;
    }

    /** Fills the lines that libvips asks for. What is thrown out of here would end the process. */
    @SuppressWarnings("unused") // called by libvips
    private int generate(
            MemorySegment out,
            MemorySegment regions,
            MemorySegment images,
            MemorySegment none,
            MemorySegment stop) {
        try {
            MemorySegment both = regions.reinterpret(2 * ADDRESS.byteSize());
            fill(new Region(out), both.getAtIndex(ADDRESS, 0), both.getAtIndex(ADDRESS, 1));
            return 0;
        } catch (VipsException e) {
            return -1; // libvips' own words are the reason
        } catch (Throwable e) {
            failure = e;
            return -1;
        }
    }

    private void fill(Region out, MemorySegment decoded, MemorySegment made) throws Throwable {
        for (int line = 0; line < out.height(); line++) {
            int y = out.top() + line;
            boolean next = y / height() != frame;
            if (next) {
                load(y / height(), decoded);
            }
            int at = y % height();
            Region piece = new Region(made);
            if (next || at < piece.top() || at >= piece.top() + piece.height()) {
                int lines = Math.max(1, PIECE_PIXELS / width());
                prepare(made, at, Math.min(lines, height() - at), width());
                piece = new Region(made);
            }
            MemorySegment.copy(
                    piece.line(at - piece.top()),
                    (long) out.left() * result.bands(),
                    out.line(line),
                    0,
                    (long) out.width() * result.bands());
        }
    }

    /** Puts a frame into the recipe's memory. */
    private void load(int number, MemorySegment decoded) throws Throwable {
        if (number < frame) {
            throw new IllegalStateException("the encoder asked for frame " + number + " again");
        }
        long lineBytes = (long) all.width() * all.bands();
        int most = Math.max(1, PIECE_PIXELS / all.width());
        for (int from = 0; from < sourceHeight; from += most) {
            int lines = Math.min(most, sourceHeight - from);
            prepare(decoded, number * sourceHeight + from, lines, all.width());
            Region piece = new Region(decoded);
            for (int line = 0; line < lines; line++) {
                MemorySegment.copy(
                        piece.line(line), 0, pixels, (from + line) * lineBytes, lineBytes);
            }
        }
        vips.imageInvalidateAll.invokeExact(source.address());
        frame = number;
    }

    /** Makes whole lines of an image, held by its region until the next ones. */
    private void prepare(MemorySegment region, int top, int lines, int width) throws Throwable {
        rectangle.setAtIndex(JAVA_INT, 0, 0);
        rectangle.setAtIndex(JAVA_INT, 1, top);
        rectangle.setAtIndex(JAVA_INT, 2, width);
        rectangle.setAtIndex(JAVA_INT, 3, lines);
        if ((int) vips.regionPrepare.invokeExact(region, rectangle) != 0) {
            throw new VipsException("");
        }
    }

    private void require(int result) {
        if (result != 0) {
            throw new VipsException(vips.takeError());
        }
    }

    /**
     * A VipsRegion, whose fields C reads by macros ({@code VIPS_REGION_ADDR}) and never by
     * functions: they are part of libvips' binary interface, here of 64-bit machines.
     */
    private record Region(MemorySegment fields) {
        private static final long LEFT = 88;
        private static final long TOP = 92;
        private static final long WIDTH = 96;
        private static final long HEIGHT = 100;
        private static final long DATA = 112;
        private static final long LINE_BYTES = 120;
        private static final long ALL_BYTES = 128;

        Region {
            fields = fields.reinterpret(ALL_BYTES);
        }

        int left() {
            return fields.get(JAVA_INT, LEFT);
        }

        int top() {
            return fields.get(JAVA_INT, TOP);
        }

        int width() {
            return fields.get(JAVA_INT, WIDTH);
        }

        int height() {
            return fields.get(JAVA_INT, HEIGHT);
        }

        /** A line of it, counted from its first. */
        MemorySegment line(int number) {
            int lineBytes = fields.get(JAVA_INT, LINE_BYTES);
            return fields.get(ADDRESS, DATA)
                    .reinterpret((long) lineBytes * height())
                    .asSlice((long) number * lineBytes, lineBytes);
        }
    }
}
