-- The services in environments of the deployments `ids`, and since when each is to be gone through.
select tenant, service, environment, min(finished_at), {line} from {deployments} d
where deployment_id = any(%(ids)s) and outcome = 'success'
group by tenant, service, environment
