-- apono: ends expired access on this server, without the bot and its database.
--
-- Run it regularly with any scheduler, preferably as the bot's own role; for example every minute with pg_cron:
--     SELECT cron.schedule('apono-reap', '* * * * *', $job$ <the statement below> $job$);
-- It is one statement and has to run outside a transaction: each step is committed separately. What it ends, the bot later finds
-- ended. If something cannot be ended, it writes a warning to the server's log and continues with the rest. It cannot see sessions
-- on replicas.
-- Anybody may have created objects here, so nothing depends on the search path. A role's name and comment are only claims, so of
-- the accounts that a role served, only the sessions of those in the config end, which are listed below. The search path and the
-- lock timeout stay as set here until the session ends.
DO $apono$
DECLARE
    accounts CONSTANT pg_catalog.text[] := ARRAY[]::pg_catalog.text[];
    taking CONSTANT pg_catalog.text := 'REVOKE %1$I FROM %2$I CASCADE';
    taking_from_16_on CONSTANT pg_catalog.text := 'REVOKE %1$I FROM %2$I GRANTED BY %3$I CASCADE';
    parting CONSTANT pg_catalog.text := taking;
    parting_from_16_on CONSTANT pg_catalog.text := taking_from_16_on;
    ending CONSTANT pg_catalog.text := 'SELECT pg_catalog.pg_terminate_backend(%1$s)';
    locking CONSTANT pg_catalog.text := 'ALTER ROLE %1$I NOLOGIN PASSWORD NULL VALID UNTIL ''-infinity'' CONNECTION LIMIT 0; COMMENT ON ROLE %1$I IS %2$L';
    version pg_catalog.int4;
    one pg_catalog.record;
    overdue pg_catalog.oid[] := ARRAY[]::pg_catalog.oid[];
    ours pg_catalog.oid;
    is_over pg_catalog.bool;
    members pg_catalog.oid[];
    losers pg_catalog.oid[];
    statements pg_catalog.text[];
    statement pg_catalog.text;
    unlocked pg_catalog.oid[];
    blocked pg_catalog.oid[];
    processes pg_catalog.int4[];
    process pg_catalog.int4;
    starting pg_catalog.text[];
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
    PERFORM pg_catalog.set_config('lock_timeout', '500ms', false);
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'off', false);
    COMMIT;
    version := current_setting('server_version_num');

    -- Roles that have expired, by the earlier of their two ends, and still give or allow something.
    FOR one IN
        SELECT r.oid, r.rolvaliduntil AS until, said.words,
               substring(said.words FROM ', until ([-0-9]{10}T[0-9:]{8}[.][0-9]{6}Z)$') AS noted
        FROM pg_roles r
        CROSS JOIN LATERAL (SELECT shobj_description(r.oid, 'pg_authid') AS words) said
        WHERE starts_with(r.rolname, 'apono_' || substring(said.words FROM '^apono AR-[0-9]+ of install ([a-z2-7]{8})') || '_ar')
          AND (r.rolcanlogin
               OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.oid)
               OR EXISTS (SELECT FROM pg_auth_members e WHERE e.member = r.oid))
    LOOP
        is_over := one.until <= clock_timestamp();
        IF is_over IS NOT TRUE THEN
            -- Somebody may have written something that is not a time; that must not stop the other roles.
            BEGIN
                is_over := one.noted::timestamptz <= clock_timestamp();
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'apono: the comment on % does not contain a valid time', one.oid::regrole;
            END;
        END IF;
        IF is_over THEN
            overdue := overdue || one.oid;
        END IF;
    END LOOP;

    -- 1. The rights of all of them, one statement each: nobody can block that by locking a role's row.
    losers := overdue;
    FOREACH ours IN ARRAY overdue LOOP
        -- From PostgreSQL 16 on, the creator of a role is its member in order to administer it, but gets none of its rights that way.
        members := ARRAY(
            SELECT DISTINCT m.oid FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
            WHERE e.roleid = ours AND m.rolname <> current_user AND NOT m.rolsuper
              AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                   OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true)));
        statements := ARRAY(
            SELECT DISTINCT format(CASE WHEN version < 160000 THEN taking ELSE taking_from_16_on END, g.rolname, r.rolname, giver.rolname)
            FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid JOIN pg_roles r ON r.oid = e.member
            LEFT JOIN pg_roles giver ON giver.oid = e.grantor
            WHERE e.member = ours)
            || ARRAY(
            SELECT DISTINCT format(CASE WHEN version < 160000 THEN parting ELSE parting_from_16_on END, r.rolname, m.rolname, giver.rolname)
            FROM pg_auth_members e JOIN pg_roles r ON r.oid = e.roleid JOIN pg_roles m ON m.oid = e.member
            LEFT JOIN pg_roles giver ON giver.oid = e.grantor
            WHERE e.roleid = ours AND e.member = ANY(members)
              AND (coalesce((to_jsonb(e) ->> 'inherit_option')::bool, true)
                   OR coalesce((to_jsonb(e) ->> 'set_option')::bool, true)));
        FOREACH statement IN ARRAY statements LOOP
            FOR tries IN 1..2 LOOP
                BEGIN
                    EXECUTE statement;
                    EXIT;
                EXCEPTION WHEN OTHERS THEN
                    IF tries = 2 OR SQLSTATE NOT IN ('55P03', 'XX000') THEN
                        RAISE WARNING 'apono, of %: %', ours::regrole, SQLERRM;
                        EXIT;
                    END IF;
                END;
            END LOOP;
            COMMIT;
        END LOOP;
        -- What somebody else gave stays if only they can take it: an account that lost nothing keeps its sessions.
        losers := losers || ARRAY(
            SELECT m.oid FROM pg_roles m
            WHERE m.oid = ANY(members) AND m.rolname = ANY(accounts)
              AND shobj_description(ours, 'pg_authid') ~ ', lease, '
              AND (NOT EXISTS (SELECT FROM pg_auth_members e WHERE e.roleid = ours AND e.member = m.oid)
                   OR NOT EXISTS (SELECT FROM pg_auth_members e WHERE e.member = ours)));
    END LOOP;

    unlocked := overdue;
    FOR tries IN 1..6 LOOP
        -- 2. The sessions, whatever locks they hold, and those whose role is gone.
        processes := ARRAY(
            SELECT a.pid FROM pg_stat_activity a
            WHERE a.usesysid = ANY(losers)
               OR a.usesysid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid));
        FOREACH process IN ARRAY processes LOOP
            BEGIN
                -- A role that was created during the query exists by now.
                IF EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = process
                           AND (a.usesysid = ANY(losers) OR NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid))) THEN
                    EXECUTE format(ending, process);
                END IF;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'apono, of the session of process %: %', process, SQLERRM;
            END;
        END LOOP;
        COMMIT;
        EXIT WHEN cardinality(unlocked) = 0 OR tries = 6;
        -- An account may log in again as before; a login may not.
        losers := overdue;
        -- 3. The lock. A session that held a row a moment ago is gone by now.
        blocked := '{}';
        FOREACH ours IN ARRAY unlocked LOOP
            BEGIN
                statement := (
                    SELECT format(locking, r.rolname, coalesce(
                        substring(said.words FROM '^(apono AR-[0-9]+ of install [a-z2-7]+(?:, login|, lease)?), until ') || ', revoked', said.words))
                    FROM pg_roles r CROSS JOIN LATERAL (SELECT shobj_description(r.oid, 'pg_authid') AS words) said WHERE r.oid = ours);
                IF statement IS NOT NULL THEN
                    EXECUTE statement;
                END IF;
                RAISE NOTICE 'processed %', ours::regrole;
            EXCEPTION WHEN OTHERS THEN
                IF tries = 5 OR SQLSTATE NOT IN ('55P03', 'XX000') THEN
                    RAISE WARNING 'apono, of %: %', ours::regrole, SQLERRM;
                ELSE
                    blocked := blocked || ours;
                END IF;
            END;
            COMMIT;
        END LOOP;
        unlocked := blocked;
    END LOOP;
    FOR one IN SELECT p.gid, p.owner, p.database FROM pg_prepared_xacts p JOIN pg_roles r ON r.rolname = p.owner WHERE r.oid = ANY(overdue) LOOP
        RAISE WARNING 'apono, of %: a prepared transaction may hold its row; in the database %, as a superuser: ROLLBACK PREPARED %',
            one.owner, one.database, quote_literal(one.gid);
    END LOOP;

    -- A session may be authenticated and not show its user for a long time, but its virtual transaction is visible: a session that
    -- is seen this way twice, a second apart, is hiding. The bot cannot end the server's own processes.
    starting := ARRAY(
        SELECT l.pid || ' ' || l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid() AND a.usesysid IS NULL
          AND (a.pid IS NULL OR version >= 180000 AND coalesce(a.backend_type, 'client backend') = 'client backend'));
    COMMIT;
    IF cardinality(starting) = 0 THEN
        RETURN;
    END IF;
    PERFORM pg_sleep(1);
    COMMIT;
    processes := ARRAY(
        SELECT l.pid FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND a.usesysid IS NULL AND l.pid || ' ' || l.virtualtransaction = ANY(starting));
    FOREACH process IN ARRAY processes LOOP
        BEGIN
            EXECUTE format(ending, process);
        EXCEPTION
            WHEN insufficient_privilege THEN
                NULL;
            WHEN OTHERS THEN
                RAISE WARNING 'apono, of the session of process %: %', process, SQLERRM;
        END;
    END LOOP;
END
$apono$;
