package io.millrace.access;

import java.time.Instant;
import java.util.List;

/** Long-lived access keys of users. Thread-safe. */
public interface AccessKeys {
    /** A key without its secret. */
    record KeyInfo(String accessKeyId, String user, boolean enabled, Instant created) {}

    /** Makes a key pair; the secret is shown here only. At most five a user. */
    Change<RootKey> create(String user);

    List<KeyInfo> list(String user);

    Change<KeyInfo> setEnabled(String accessKeyId, boolean enabled);

    Change<KeyInfo> delete(String accessKeyId);
}
