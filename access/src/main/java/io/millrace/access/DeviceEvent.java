package io.millrace.access;

import io.millrace.work.outgoing.Event;
import org.jspecify.annotations.Nullable;

/**
 * What others are told of a device.
 *
 * @param issuer whose rights bound it from now on: {@code root}, {@code user/name} or {@code
 *     role/name}; null when an earlier version registered it
 */
record DeviceEvent(String device, String bucket, String prefix, @Nullable String issuer) {
    /** It got its secret. */
    static final String ENROLLED = "io.millrace.device.enrolled";

    /** It may write again. */
    static final String ENABLED = "io.millrace.device.enabled";

    /** It writes with another's rights from now on. */
    static final String TAKEN_OVER = "io.millrace.device.taken-over";

    /** Its tokens ended. */
    static final String DISABLED = "io.millrace.device.disabled";

    static Event of(String type, Records.Device row) {
        Records.Issuer by = row.issuer();
        DeviceEvent data =
                new DeviceEvent(
                        row.id(), row.bucket(), row.prefix(), by == null ? null : by.principal());
        return new Event(type, "devices/" + row.id(), data);
    }
}
