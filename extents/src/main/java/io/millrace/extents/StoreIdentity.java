package io.millrace.extents;

import io.millrace.kit.DirectoryPlace;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who an extent store is, as its own directories say. The key space that it is part of keeps the
 * counterpart: see {@link Extents#join}.
 *
 * @param store its id
 * @param unnamed whether it also has the volumes of version 1
 * @param keySpace the key space that it is part of; null before the first {@link Extents#join}
 * @param epoch that of the last start that joined a key space; 0 before the first, or when the
 *     directory has forgotten it
 * @param accepted the latest start that the key space is known to have noted: the one before that,
 *     or, once it was {@link Extents#confirm confirmed}, that one
 * @param offered the last start's id, which the key space has as its latest unless a crash came
 *     between
 * @param joined whether the last start is the present one
 * @param adopt whether a person, or a restore, has said that the key space is to believe this
 *     directory
 * @param place where its first directory is
 */
public record StoreIdentity(
        StoreId store,
        boolean unnamed,
        @Nullable UUID keySpace,
        long epoch,
        @Nullable UUID accepted,
        @Nullable UUID offered,
        boolean joined,
        boolean adopt,
        DirectoryPlace place) {
    /** An empty file in the first directory that says {@link #adopt}; the start takes it away. */
    public static final String ADOPT = "store.adopt";

    /** Whether the key space is known to have noted the last start. */
    public boolean confirmed() {
        return offered != null && offered.equals(accepted);
    }
}
