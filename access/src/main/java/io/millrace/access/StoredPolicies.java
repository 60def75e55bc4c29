package io.millrace.access;

import io.millrace.access.Change.Done;
import io.millrace.access.Change.InUse;
import io.millrace.access.Change.Invalid;
import io.millrace.access.Change.NotFound;
import io.millrace.access.policy.Policy;
import io.millrace.access.policy.PolicyException;
import io.millrace.keyspace.Batch;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Named policies in the key space, behind the built-in ones. */
final class StoredPolicies implements Policies {
    private final Rows rows;
    private final Directory directory;
    private final Decider decider;
    private final InstantSource clock;

    StoredPolicies(Rows rows, Directory directory, Decider decider, InstantSource clock) {
        this.rows = rows;
        this.directory = directory;
        this.decider = decider;
        this.clock = clock;
    }

    @Override
    public Change<PolicyInfo> put(String name, String document) {
        if (!Names.valid(name)) {
            return new Invalid<>(Names.RULE);
        }
        if (BuiltIn.DOCUMENTS.containsKey(name)) {
            return new Invalid<>("The policy " + name + " is built in; choose another name.");
        }
        try {
            Policy.identity(name, document, directory.account());
        } catch (PolicyException e) {
            return new Invalid<>(String.valueOf(e.getMessage()));
        }
        Records.NamedPolicy row = new Records.NamedPolicy(name, document, clock.millis());
        byte[] key = Directory.policyKey(name);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] before = rows.raw(key);
            if (rows.commit(
                    Batch.builder().unchanged(key, before).put(key, Records.encode(row)).build())) {
                return new Done<>(info(row));
            }
        }
        throw Rows.busy();
    }

    @Override
    public Optional<PolicyInfo> get(String name) {
        String builtIn = BuiltIn.DOCUMENTS.get(name);
        if (builtIn != null) {
            return Optional.of(new PolicyInfo(name, builtIn, true, Instant.EPOCH));
        }
        return Optional.ofNullable(rows.get(Directory.policyKey(name), Records.NamedPolicy.class))
                .map(StoredPolicies::info);
    }

    @Override
    public List<PolicyInfo> list(String after, int limit) {
        List<PolicyInfo> all = new ArrayList<>();
        if (after.isEmpty()) {
            BuiltIn.DOCUMENTS.forEach(
                    (name, document) ->
                            all.add(new PolicyInfo(name, document, true, Instant.EPOCH)));
        }
        rows.list(Rows.key("policy"), after, limit, Records.NamedPolicy.class)
                .forEach(row -> all.add(info(row)));
        return all;
    }

    @Override
    public Change<PolicyInfo> delete(String name) {
        byte[] key = Directory.policyKey(name);
        byte[] value = rows.raw(key);
        if (value == null) {
            return new NotFound<>("There is no policy " + name + " of your own.");
        }
        Optional<Records.User> user =
                rows.first(
                        Rows.key("user"),
                        Records.User.class,
                        each -> each.policies().contains(name));
        if (user.isPresent()) {
            return new InUse<>("The user " + user.get().name() + " has the policy attached.");
        }
        Optional<Records.Role> role =
                rows.first(
                        Rows.key("role"),
                        Records.Role.class,
                        each -> each.policies().contains(name));
        if (role.isPresent()) {
            return new InUse<>("The role " + role.get().name() + " has the policy attached.");
        }
        // Somebody who attaches it just now has guarded this row, or finds nothing and denies.
        return rows.commit(Batch.builder().holds(key, value).delete(key).build())
                ? new Done<>(info(Records.decode(value, Records.NamedPolicy.class)))
                : new InUse<>("The policy was changed meanwhile; look again.");
    }

    @Override
    public Explanation explain(
            Caller caller, String action, String resource, RequestContext context) {
        return new Explanation(
                decider.decide(caller, action, resource, context),
                Policy.matching(
                        decider.policiesOf(caller, context.bucketPolicy()),
                        decider.request(decider.judged(caller), action, resource, context)));
    }

    private static PolicyInfo info(Records.NamedPolicy row) {
        return new PolicyInfo(
                row.name(), row.document(), false, Instant.ofEpochMilli(row.changed()));
    }
}
