package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** An image in libvips: usually a recipe whose pixels are made when they are asked for. */
final class VipsImage {
    private static final int MAX_FIELDS = 4096;

    private final VipsSession session;
    private final Vips vips;
    private final MemorySegment address;

    VipsImage(VipsSession session, MemorySegment address) {
        this.session = session;
        this.vips = session.vips;
        this.address = address;
    }

    MemorySegment address() {
        return address;
    }

    int width() {
        return call(vips.imageWidth);
    }

    int height() {
        return call(vips.imageHeight);
    }

    int bands() {
        return call(vips.imageBands);
    }

    boolean hasAlpha() {
        return call(vips.imageHasAlpha) != 0;
    }

    /** An operation whose argument {@code in} is this image. */
    VipsOperation with(String nickname) {
        return as("in", nickname);
    }

    /** An operation whose argument of that name is this image. */
    VipsOperation as(String argument, String nickname) {
        return session.operation(nickname).set(argument, this);
    }

    boolean has(String field) {
        try {
            return (long) vips.imageTypeof.invokeExact(address, session.arena.allocateFrom(field))
                    != 0;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    OptionalInt integer(String field) {
        if (!has(field)) {
            return OptionalInt.empty();
        }
        try {
            MemorySegment out = session.arena.allocate(JAVA_INT);
            int result =
                    (int)
                            vips.imageGetInt.invokeExact(
                                    address, session.arena.allocateFrom(field), out);
            if (result != 0) {
                vips.takeError();
                return OptionalInt.empty();
            }
            return OptionalInt.of(out.get(JAVA_INT, 0));
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Sets a field; only on an image that no other operation reads yet, such as a {@code copy}. */
    void set(String field, int value) {
        try {
            vips.imageSetInt.invokeExact(address, session.arena.allocateFrom(field), value);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    Optional<String> text(String field) {
        try {
            MemorySegment out = session.arena.allocate(ADDRESS);
            int result =
                    (int)
                            vips.imageGetAsString.invokeExact(
                                    address, session.arena.allocateFrom(field), out);
            if (result != 0) {
                vips.takeError();
                return Optional.empty();
            }
            MemorySegment text = out.get(ADDRESS, 0);
            String value = Vips.text(text);
            vips.free.invokeExact(text);
            return Optional.of(value);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** The names of what is kept beside the pixels, at most {@value #MAX_FIELDS} of them. */
    List<String> fields() {
        try {
            MemorySegment names = (MemorySegment) vips.imageGetFields.invokeExact(address);
            MemorySegment array = names.reinterpret((long) MAX_FIELDS * ADDRESS.byteSize());
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < MAX_FIELDS; i++) {
                MemorySegment name = array.getAtIndex(ADDRESS, i);
                if (name.address() == 0) {
                    break;
                }
                fields.add(Vips.text(name));
            }
            vips.freeStrings.invokeExact(names);
            return fields;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Whether it was there and could be removed: size and shape can't. */
    boolean remove(String field) {
        try {
            int removed =
                    (int) vips.imageRemove.invokeExact(address, session.arena.allocateFrom(field));
            if (removed == 0) {
                vips.takeError();
            }
            return removed != 0;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Whether it is part of a recipe that is run again for each frame. */
    boolean repeated() {
        return session.repeated();
    }

    /** The pixels made now and kept, so that they can be read in any order, where need be. */
    VipsImage inMemory() {
        if (session.repeated()) {
            return this;
        }
        try {
            MemorySegment copy = (MemorySegment) vips.imageCopyMemory.invokeExact(address);
            if (copy.address() == 0) {
                throw new VipsException(vips.takeError());
            }
            return new VipsImage(session, session.own(copy));
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** The pixels as band-interleaved bytes, handed to {@code use} and then freed. */
    <T> T pixels(java.util.function.Function<MemorySegment, T> use) {
        try {
            MemorySegment length = session.arena.allocate(JAVA_LONG);
            MemorySegment start =
                    (MemorySegment) vips.imageWriteToMemory.invokeExact(address, length);
            if (start.address() == 0) {
                throw new VipsException(vips.takeError());
            }
            try {
                return use.apply(start.reinterpret(length.get(JAVA_LONG, 0)));
            } finally {
                vips.free.invokeExact(start);
            }
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    private int call(java.lang.invoke.MethodHandle getter) {
        try {
            return (int) getter.invokeExact(address);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }
}
