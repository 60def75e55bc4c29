package io.millrace.media.image;

import java.io.InputStream;
import java.util.function.Supplier;

/**
 * Bytes to be given to a worker.
 *
 * @param sizeBytes how many {@code open} will give
 * @param open opens them; called once a worker is there, so that waiting requests hold no memory
 */
public record Picture(long sizeBytes, Supplier<InputStream> open) {}
