package io.millrace.live.camera;

import io.millrace.live.MediaBody;
import io.millrace.store.objects.ObjectReader;
import java.io.InputStream;
import java.util.Objects;

/** The bytes of a stored object as a playback body. */
record ObjectBody(ObjectReader reader) implements MediaBody {
    @Override
    public long lengthBytes() {
        return reader.info().sizeBytes();
    }

    @Override
    public InputStream open(long from, long length) {
        Objects.checkFromIndexSize(from, length, lengthBytes());
        return reader.range(from, length);
    }

    @Override
    public void close() {
        reader.close();
    }
}
