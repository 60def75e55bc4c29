package io.millrace.store.scrub;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Layout;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds who needs some extents. An object put whole is named by the extent's owner; which objects
 * have a content that grew by appends or was made of parts is known from their own records alone,
 * so these are gone through once for all extents together. Not thread-safe.
 */
final class Names {
    private static final int PAGE = 1000;

    private final Space space;
    private final Map<ExtentRef, List<Name>> names = new HashMap<>();

    /** Extents by the content that owns them. */
    private final Map<Long, Set<ExtentRef>> contents = new HashMap<>();

    private Names(Space space) {
        this.space = space;
    }

    /**
     * Each extent with those who need it: none if the row of its owner doesn't read, and without an
     * entry when it has no owner any more.
     */
    static Map<ExtentRef, List<Name>> of(Space space, Collection<ExtentRef> extents) {
        Names names = new Names(space);
        extents.forEach(names::owners);
        if (!names.contents.isEmpty()) {
            names.through('M');
            names.through('U');
        }
        return names.names;
    }

    private void owners(ExtentRef ref) {
        byte[] prefix = StoreKeys.owners(ref);
        for (Entry owner : space.scan(Scan.prefix(prefix, PAGE))) {
            if (!past(owner, row -> owner(row, ref))) {
                names.computeIfAbsent(ref, r -> new ArrayList<>());
            }
        }
    }

    private void owner(Entry owner, ExtentRef ref) {
        switch (OwnerRow.decode(owner.value())) {
            case OwnerRow.InObject at -> {
                byte[] object = StoreKeys.object(at.bucketId(), at.key());
                add(ref, Name.object(object, StoreKeys.ownerId(owner.key())));
            }
            case OwnerRow.InContent at -> content(at.contentId(), ref);
            case OwnerRow.InPart at -> content(at.upload(), ref);
        }
    }

    /**
     * A row that doesn't read hides no other.
     *
     * @return whether it reads
     */
    private static boolean past(Entry row, Consumer<Entry> look) {
        try {
            look.accept(row);
            return true;
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            return false;
        }
    }

    private void content(long id, ExtentRef ref) {
        contents.computeIfAbsent(id, i -> new HashSet<>()).add(ref);
    }

    private void through(char family) {
        byte[] prefix = Keys.family(family).done();
        byte[] after = prefix;
        List<Entry> page;
        do {
            page = space.scan(Scan.prefixAfter(prefix, after, PAGE));
            for (Entry row : page) {
                after = row.key();
                past(row, this::look);
            }
        } while (page.size() == PAGE);
    }

    private void look(Entry row) {
        if (row.key()[0] == 'M') {
            ObjectRow object = ObjectRow.decode(row.value());
            if (object.layout() instanceof Layout.Rows rows) {
                needs(rows.contentId(), Name.object(row.key(), object.incarnation()));
            }
        } else if (row.key()[1] == 'u') {
            upload(row);
        }
    }

    /** The parts of an open upload that need one of the extents. */
    private void upload(Entry row) {
        long number = Name.upload(row.key());
        for (ExtentRef ref : contents.getOrDefault(number, Set.of())) {
            for (Entry owner : space.scan(Scan.prefix(StoreKeys.owners(ref), PAGE))) {
                past(owner, one -> part(one, number, row.key(), ref));
            }
        }
    }

    private void part(Entry owner, long upload, byte[] key, ExtentRef ref) {
        if (OwnerRow.decode(owner.value()) instanceof OwnerRow.InPart at && at.upload() == upload) {
            add(ref, new Name(key, at.number(), StoreKeys.ownerId(owner.key())));
        }
    }

    private void needs(long content, Name name) {
        for (ExtentRef ref : contents.getOrDefault(content, Set.of())) {
            add(ref, name);
        }
    }

    private void add(ExtentRef ref, Name name) {
        List<Name> to = names.computeIfAbsent(ref, r -> new ArrayList<>());
        if (to.size() < DamageRow.MOST_NAMES) {
            to.add(name);
        }
    }
}
