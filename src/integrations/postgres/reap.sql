-- apono: ends what is past its time on this server, without the bot and without its database.
--
-- To be run again and again by whatever runs SQL here, as the bot's own role; with pg_cron for example each minute:
--     SELECT cron.schedule('apono-reap', '* * * * *', '<the statement below, its quotes doubled>');
-- It is one statement and has to be run outside a transaction: each step is committed by itself. What it ended, the bot finds
-- ended. What cannot be ended is a warning in the server's log, and keeps no other. Sessions on replicas are not seen from here.
-- Anybody may have made objects here, so nothing is found by a search path; and a role's name and comment are claims, so of the
-- accounts that a role served only those end their sessions that the config names, which stand below.
DO $apono$
DECLARE
    accounts CONSTANT pg_catalog.text[] := ARRAY[]::pg_catalog.text[];
    ours record;
    one record;
    members pg_catalog.oid[];
    losers pg_catalog.oid[];
    statement pg_catalog.text;
    starting pg_catalog.text[];
    tries pg_catalog.int4;
    ended pg_catalog.bool := false;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
    PERFORM pg_catalog.set_config('lock_timeout', '1s', false);
    PERFORM pg_catalog.set_config('default_transaction_read_only', 'off', false);
    COMMIT;
    FOR ours IN
        SELECT r.oid, r.rolname, said.words LIKE '%, lease, %' AS is_lease,
               substring(said.words FROM '^apono (AR-[0-9]+ of install [a-z2-7]+(?:, login|, lease)?), ') AS whose
        FROM pg_roles r
        CROSS JOIN LATERAL (SELECT shobj_description(r.oid, 'pg_authid') AS words) said
        WHERE r.rolname LIKE 'apono\_' || substring(said.words FROM '^apono AR-[0-9]+ of install ([a-z2-7]{8})') || '\_ar%'
          AND (r.rolvaliduntil <= clock_timestamp()
               OR substring(said.words FROM ', until ([-0-9]{10}T[0-9:]{8}[.][0-9]{6}Z)$')::timestamptz <= clock_timestamp())
          AND (r.rolcanlogin
               OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.oid)
               OR (EXISTS (SELECT FROM pg_auth_members e WHERE e.member = r.oid)
                   AND EXISTS (SELECT FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
                               WHERE e.roleid = r.oid AND m.rolname <> current_user AND NOT m.rolsuper)))
    LOOP
        ended := true;
        members := ARRAY(
            SELECT DISTINCT m.oid FROM pg_auth_members e JOIN pg_roles m ON m.oid = e.member
            WHERE e.roleid = ours.oid AND m.rolname <> current_user AND NOT m.rolsuper);
        -- 1. The rights, each by itself: nobody can hold that up by holding the role's row.
        FOR statement IN
            SELECT DISTINCT format('REVOKE %I FROM %I', g.rolname, ours.rolname)
            FROM pg_auth_members e JOIN pg_roles g ON g.oid = e.roleid WHERE e.member = ours.oid
            UNION ALL
            SELECT format('REVOKE %I FROM %I', ours.rolname, m.rolname) FROM pg_roles m WHERE m.oid = ANY(members)
        LOOP
            BEGIN
                EXECUTE statement;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'apono, of %: %', ours.rolname, SQLERRM;
            END;
            COMMIT;
        END LOOP;
        -- From PostgreSQL 16 on, what somebody else gave stays, without an error: who lost nothing keeps the sessions.
        losers := ours.oid || ARRAY(
            SELECT m.oid FROM pg_roles m
            WHERE ours.is_lease AND m.oid = ANY(members) AND m.rolname = ANY(accounts)
              AND (NOT EXISTS (SELECT FROM pg_auth_members e WHERE e.roleid = ours.oid AND e.member = m.oid)
                   OR NOT EXISTS (SELECT FROM pg_auth_members e WHERE e.member = ours.oid)));
        FOR tries IN 1..3 LOOP
            -- 2. The sessions, whatever they hold.
            FOR one IN SELECT pid FROM pg_stat_activity WHERE usesysid = ANY(losers) LOOP
                BEGIN
                    PERFORM pg_terminate_backend(one.pid);
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'apono, of a session of %: %', ours.rolname, SQLERRM;
                END;
            END LOOP;
            COMMIT;
            -- 3. The lock, and the sessions that came until then.
            BEGIN
                EXECUTE format('ALTER ROLE %1$I NOLOGIN PASSWORD NULL VALID UNTIL %2$L CONNECTION LIMIT 0; COMMENT ON ROLE %1$I IS %3$L',
                               ours.rolname, '-infinity', format('apono %s, revoked', ours.whose));
                statement := NULL;
            EXCEPTION WHEN OTHERS THEN
                statement := SQLERRM;
            END;
            COMMIT;
            IF statement IS NULL THEN
                FOR one IN SELECT pid FROM pg_stat_activity WHERE usesysid = ours.oid LOOP
                    BEGIN
                        PERFORM pg_terminate_backend(one.pid);
                    EXCEPTION WHEN OTHERS THEN
                        RAISE WARNING 'apono, of a session of %: %', ours.rolname, SQLERRM;
                    END;
                END LOOP;
                COMMIT;
                RAISE NOTICE 'looked after %', ours.rolname;
                EXIT;
            END IF;
        END LOOP;
        IF statement IS NOT NULL THEN
            RAISE WARNING 'apono, of %: %', ours.rolname, statement;
        END IF;
    END LOOP;
    IF NOT ended THEN
        RETURN;
    END IF;
    -- A session may be authenticated and not show its user for long. It shows by its virtual transaction: who is seen so twice, a
    -- second apart, hides; the server's own processes cannot be ended. Whose role is gone has nothing to be here for.
    starting := ARRAY(
        SELECT l.pid || ' ' || l.virtualtransaction FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid() AND a.usesysid IS NULL);
    COMMIT;
    PERFORM pg_sleep(1);
    COMMIT;
    FOR one IN
        SELECT l.pid FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND a.usesysid IS NULL AND l.pid || ' ' || l.virtualtransaction = ANY(starting)
        UNION
        SELECT a.pid FROM pg_stat_activity a
        WHERE a.usesysid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.usesysid)
    LOOP
        BEGIN
            PERFORM pg_terminate_backend(one.pid);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END
$apono$;
