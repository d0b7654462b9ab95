-- 'waiting': what could not be had when the event came is tried again by itself, until it is done.
alter table dead_letters drop constraint dead_letters_state_check;
alter table dead_letters add constraint dead_letters_state_check
    check (state in ('parked', 'waiting', 'queued', 'blocking', 'done', 'skipped'));
