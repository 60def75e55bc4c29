package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;

/** One libvips operation: set its arguments, run it, take its outputs. */
final class VipsOperation {
    private final VipsSession session;
    private final Vips vips;
    private final String nickname;
    private MemorySegment address;

    VipsOperation(VipsSession session, String nickname) {
        this.session = session;
        this.vips = session.vips;
        this.nickname = nickname;
        try {
            address =
                    (MemorySegment)
                            vips.operationNew.invokeExact(session.arena.allocateFrom(nickname));
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
        if (address.address() == 0) {
            throw new VipsException(vips.takeError());
        }
        session.own(address);
    }

    /** Sets a scalar, an enum by its nickname, or an array as numbers with blanks between. */
    VipsOperation set(String name, String value) {
        try {
            int result =
                    (int)
                            vips.setArgumentFromString.invokeExact(
                                    address,
                                    session.arena.allocateFrom(name),
                                    session.arena.allocateFrom(value));
            if (result != 0) {
                throw new VipsException(vips.takeError());
            }
            return this;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    VipsOperation set(String name, long value) {
        return set(name, Long.toString(value));
    }

    VipsOperation set(String name, double value) {
        return set(name, String.format(Locale.ROOT, "%.12f", value));
    }

    VipsOperation set(String name, boolean value) {
        return set(name, value ? "true" : "false");
    }

    VipsOperation set(String name, VipsImage image) {
        return setValue(name, vips.imageType, false, image.address());
    }

    /** Gives {@code bytes} as a blob; they must live as long as the session. */
    VipsOperation set(String name, MemorySegment bytes) {
        try {
            MemorySegment blob =
                    (MemorySegment)
                            vips.blobNew.invokeExact(MemorySegment.NULL, bytes, bytes.byteSize());
            session.ownArea(blob);
            return setValue(name, vips.blobType, true, blob);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    VipsOperation set(String name, List<VipsImage> images) {
        try {
            MemorySegment pointers = session.arena.allocate(ADDRESS, images.size());
            for (int i = 0; i < images.size(); i++) {
                pointers.setAtIndex(ADDRESS, i, images.get(i).address());
            }
            MemorySegment array =
                    (MemorySegment) vips.arrayImageNew.invokeExact(pointers, images.size());
            session.ownArea(array);
            return setValue(name, vips.arrayImageType, true, array);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Builds the operation; images stay lazy until something reads their pixels. */
    VipsOperation run() {
        try {
            MemorySegment built = (MemorySegment) vips.operationBuild.invokeExact(address);
            if (built.address() == 0) {
                vips.unrefOutputs.invokeExact(address);
                throw new VipsException(nickname + ": " + vips.takeError());
            }
            address = session.own(built);
            return this;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Runs and takes the image {@code out}. */
    VipsImage image() {
        run();
        try {
            MemorySegment value = value(vips.imageType);
            vips.objectGetProperty.invokeExact(address, session.arena.allocateFrom("out"), value);
            MemorySegment image = (MemorySegment) vips.valueGetObject.invokeExact(value);
            MemorySegment owned = (MemorySegment) vips.objectRef.invokeExact(image);
            session.own(owned);
            vips.valueUnset.invokeExact(value);
            vips.unrefOutputs.invokeExact(address);
            return new VipsImage(session, owned);
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    /** Runs and takes the blob {@code buffer}; it lives as long as the session. */
    MemorySegment bytes() {
        run();
        try {
            MemorySegment value = value(vips.blobType);
            vips.objectGetProperty.invokeExact(
                    address, session.arena.allocateFrom("buffer"), value);
            MemorySegment blob = (MemorySegment) vips.valueGetBoxed.invokeExact(value);
            MemorySegment length = session.arena.allocate(JAVA_LONG);
            MemorySegment start = (MemorySegment) vips.blobGet.invokeExact(blob, length);
            // The GValue holds the blob until the operation, which the session owns, is gone too.
            vips.valueUnset.invokeExact(value);
            return start.reinterpret(length.get(JAVA_LONG, 0));
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    private VipsOperation setValue(String name, long type, boolean boxed, MemorySegment pointer) {
        try {
            MemorySegment value = value(type);
            if (boxed) {
                vips.valueSetBoxed.invokeExact(value, pointer);
            } else {
                vips.valueSetObject.invokeExact(value, pointer);
            }
            vips.objectSetProperty.invokeExact(address, session.arena.allocateFrom(name), value);
            vips.valueUnset.invokeExact(value);
            return this;
        } catch (Throwable e) {
            throw Vips.failed(e);
        }
    }

    private MemorySegment value(long type) throws Throwable {
        MemorySegment value = session.arena.allocate(VipsSession.VALUE_BYTES, 8);
        return (MemorySegment) vips.valueInit.invokeExact(value, type);
    }
}
